import type { Ask } from "../../core/ask.ts";
import type { ByteText } from "../../core/byte-text.ts";
import { GatewayError } from "../../core/error.ts";
import type { Frame } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import type { Dropped, Source } from "../../core/request.ts";
import { count } from "../../core/usage.ts";
import { AwsEventStream } from "../aws-event-stream.ts";
import { decodeError as decodeAwsError, decodeException } from "../bedrock-converse/error.ts";
import { decodeError as decodeGoogleError } from "../gemini-generate/error.ts";
import type { EncodedRequest, Framing, Hosting, LegFacts, Quirks } from "../wire.ts";
import { decodeError } from "./error.ts";

/** How a cloud that serves Claude takes a messages body, beside what every wire's hosting says. */
interface Cloud extends Hosting {
  /** What stands in the body for the header field `anthropic-version`. */
  readonly version: string;
  /** Tools of Anthropic's own servers that are not to be had here. */
  readonly lacks: RegExp;
  /** Changes what is left to change of a body without model, and says what goes into header fields. */
  finish(body: JsonObject, headers: Record<string, string>, leg: LegFacts, dropped: Set<Dropped>): void;
}

/** https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai, and Anthropic's own SDK for it (0.16). */
const RAW_PREDICT: Cloud = {
  version: "vertex-2023-10-16",
  lacks: /^(web_fetch_|code_execution_|mcp_toolset)/,
  path: (model, stream) => `/models/${encodeURIComponent(model).replaceAll("%40", "@")}:${predict(stream)}`,
  // "URL sources are not supported": https://github.com/anthropics/anthropic-sdk-typescript/issues/1038
  inlines: () => true,
  decodeError: (status, headers, body) =>
    typeof objectAt(objectAt(parseJson(body))?.error)?.status === "string" || body.startsWith("[")
      ? decodeGoogleError(status, headers, body)
      : decodeError(status, headers, body),
  finish(body, _headers, _leg, dropped) {
    if (!USUAL_TIERS.includes(tierOf(body) ?? "auto")) dropped.add("service_tier");
  },
  count: {
    path: () => "/models/count-tokens:rawPredict",
    body: (body, model) => ({ ...body, model }),
    read: (told) => count(told.input_tokens),
  },
};

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html */
const INVOKE_MODEL: Cloud = {
  version: "bedrock-2023-05-31",
  // Recorded: "does not match any of the expected tags: 'bash_20250124', 'custom', 'text_editor_20250124', …".
  lacks: /^(web_search_|web_fetch_|code_execution_|mcp_toolset)/,
  path: (model, stream) => `/model/${encodeURIComponent(model)}/${stream ? "invoke-with-response-stream" : "invoke"}`,
  inlines: () => true,
  decodeError: decodeAwsError,
  framing: () => new ChunkFraming(),
  finish(body, headers, { quirks }, dropped) {
    // The path says it, and so does the type of the answer, which is JSON though its frames are not.
    if (body.stream === true) headers.accept = "application/json";
    delete body.stream;
    const betas = (headers[BETA] ?? "").split(",").filter((name) => name !== "");
    delete headers[BETA];
    // Where thinking is not adaptive by itself, saying how much is a feature to be asked for.
    const effort = objectAt(body.output_config)?.effort !== undefined && !quirks.has("adaptive-thinking");
    if (effort && !betas.includes(EFFORT)) betas.push(EFFORT);
    const told = (arrayAt(body.anthropic_beta) ?? []).filter((name) => !betas.includes(String(name)));
    if (betas.length + told.length > 0) body.anthropic_beta = [...told, ...betas];
    const tier = tierOf(body) ?? "auto";
    if (TIERS.includes(tier)) headers["x-amzn-bedrock-service-tier"] = tier;
    else if (!USUAL_TIERS.includes(tier)) dropped.add("service_tier");
    for (const [member, fields] of Object.entries(IN_HEADERS)) inHeaders(member, fields, body, headers, dropped);
  },
  count: {
    // Profiles are not counted for, the models behind them are.
    path: (model) => `/model/${encodeURIComponent(model.replace(/^[a-z]{2,6}\.(?=anthropic\.)/, ""))}/count-tokens`,
    body(body) {
      const { stream: _stream, ...invoked }: JsonObject = { ...body, max_tokens: body.max_tokens ?? 1 };
      return { input: { invokeModel: { body: Buffer.from(JSON.stringify(invoked)).toString("base64") } } };
    },
    read: (told) => count(told.inputTokens),
  },
};

const BETA = "anthropic-beta";
const EFFORT = "effort-2025-11-24";

/** Members that Anthropic alone has a meaning for: its containers, its places, its fast mode. */
const ITS_OWN = ["container", "inference_geo", "speed"];

/** What everyone gets. */
const USUAL_TIERS = ["auto", "default", "standard_only"];
/** https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
const TIERS = ["default", "flex", "priority", "reserved"];

/** The tier that is asked for, taken out: in the body it is Anthropic's alone. */
function tierOf(body: JsonObject): string | undefined {
  const { service_tier: told } = body;
  delete body.service_tier;
  return told === undefined || told === null ? undefined : (stringAt(objectAt(told)?.type ?? told) ?? "");
}

/** Options that are said in header fields here. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html */
const IN_HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  guardrail_config: {
    guardrail_identifier: "x-amzn-bedrock-guardrailidentifier",
    guardrail_version: "x-amzn-bedrock-guardrailversion",
    trace: "x-amzn-bedrock-trace",
  },
  performance_config: { latency: "x-amzn-bedrock-performanceconfig-latency" },
};

function inHeaders(
  member: string,
  fields: Readonly<Record<string, string>>,
  body: JsonObject,
  headers: Record<string, string>,
  dropped: Set<Dropped>,
): void {
  const told = objectAt(body[member]);
  if (told === undefined) return;
  delete body[member];
  for (const name in told) {
    const value = stringAt(told[name]);
    const field = fields[snake(name)];
    if (field === undefined || value === undefined || !/^[\w:/.-]{1,2048}$/.test(value))
      dropped.add(`${member}.${name}`);
    else headers[field] = name === "trace" ? value.toUpperCase() : value;
  }
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function predict(stream: boolean): string {
  return stream ? "streamRawPredict" : "rawPredict";
}

function cloudOf(quirks: Quirks): Cloud | undefined {
  if (quirks.has("raw-predict")) return RAW_PREDICT;
  return quirks.has("invoke-model") ? INVOKE_MODEL : undefined;
}

/** What is otherwise where the wire is spoken under these quirks, or `undefined` for nothing. */
export function hostingOf(quirks: Quirks): Hosting | undefined {
  return cloudOf(quirks);
}

/** What a cloud must know of a request beside how Anthropic would get it. */
interface Beside {
  /** What was fetched in place of addresses. */
  readonly files?: ReadonlyMap<string, Source> | undefined;
  /** The tier that is asked for, in the words that all providers share: Anthropic's own say less. */
  readonly tier: string | undefined;
}

/**
 * A request for Anthropic as whoever serves Claude in its place takes it.
 * @throws GatewayError `unsupported` for what only Anthropic's own servers can do
 */
export function hosted(encoded: EncodedRequest, leg: LegFacts, { files, tier }: Beside): EncodedRequest {
  const cloud = cloudOf(leg.quirks);
  if (cloud === undefined) return encoded;
  mustServe(cloud, encoded.body);
  const dropped = new Set(encoded.dropped);
  const { model: _model, ...said } = encoded.body;
  const body: JsonObject = { anthropic_version: cloud.version, ...said };
  for (const member of ITS_OWN) {
    if (body[member] === undefined) continue;
    delete body[member];
    dropped.add(member);
  }
  if (tier !== undefined && !isObject(body.service_tier)) {
    body.service_tier = tier;
    dropped.delete("service_tier");
  }
  for (const member of ["system", "tools", "messages"]) {
    if (!holdsScope(body[member])) continue;
    body[member] = unscoped(body[member]!);
    dropped.add("cache_control.scope");
  }
  if (files !== undefined && files.size > 0) body.messages = withFiles(body.messages, files);
  const headers = { ...encoded.headers };
  cloud.finish(body, headers, leg, dropped);
  const { headers: _headers, ...rest } = encoded;
  const written = { ...rest, body, dropped: [...dropped] };
  return Object.keys(headers).length === 0 ? written : { ...written, headers };
}

function mustServe({ lacks }: Cloud, body: JsonObject): void {
  if ((arrayAt(body.mcp_servers)?.length ?? 0) > 0)
    throw new GatewayError("unsupported", "Servers of MCP cannot be called by this provider.", {
      param: "mcp_servers",
    });
  for (const tool of arrayAt(body.tools) ?? []) {
    const type = stringAt(objectAt(tool)?.type) ?? "";
    if (lacks.test(type))
      throw new GatewayError("unsupported", `Tools of type ${JSON.stringify(type)} cannot be offered to this model.`, {
        param: "tools",
      });
  }
}

/** Betas that clouds know under another name: Claude Code too asks them so. */
const RENAMED: Readonly<Record<string, string>> = {
  "advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19",
};

/** What the client asks for in header fields, as whoever serves Claude in Anthropic's place calls it. */
export function inTheirWords<Asked extends Pick<Ask, "headers">>(ask: Asked, { quirks }: LegFacts): Asked {
  const told = ask.headers?.[BETA];
  if (told === undefined || cloudOf(quirks) === undefined) return ask;
  const names = told.split(",").map((name) => RENAMED[name.trim()] ?? name.trim());
  return { ...ask, headers: { ...ask.headers, [BETA]: [...new Set(names)].join(",") } };
}

/** Whether a cache mark says for whom it holds, which is Anthropic's own and in beta: elsewhere it is refused. */
function holdsScope(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsScope);
  if (!isObject(value)) return false;
  return objectAt(value.cache_control)?.scope !== undefined || holdsScope(value.content);
}

function unscoped(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(unscoped);
  if (!isObject(value)) return value;
  const copy = { ...value };
  const mark = objectAt(value.cache_control);
  if (mark !== undefined) {
    const { scope: _scope, ...kept } = mark;
    copy.cache_control = kept;
  }
  if (value.content !== undefined) copy.content = unscoped(value.content);
  return copy;
}

/** Images and documents by address, in messages and in the results of tools, as the files that were fetched. */
function withFiles(value: JsonValue | undefined, files: ReadonlyMap<string, Source>): JsonValue {
  return (arrayAt(value) ?? []).map((item): JsonValue => {
    if (!isObject(item)) return item;
    const source = objectAt(item.source);
    const file = source?.type === "url" ? files.get(stringAt(source.url) ?? "") : undefined;
    if (file?.from === "data")
      return { ...item, source: { type: "base64", media_type: file.mediaType, data: file.base64 } };
    return arrayAt(item.content) === undefined ? item : { ...item, content: withFiles(item.content, files) };
  });
}

/** The events of a message out of AWS's binary frames, of which each holds one. */
class ChunkFraming implements Framing {
  private readonly frames = new AwsEventStream();

  /** @throws GatewayError for an exception among them, behind the frames before it */
  *push(bytes: ByteText): Generator<Frame> {
    for (const frame of this.frames.push(bytes)) {
      if (frame.failure === true) throw decodeException(frame.event ?? "", frame.data);
      if (frame.event === "chunk") yield chunkIn(frame.data);
    }
  }

  end(): Frame[] {
    return this.frames.end();
  }
}

function chunkIn(payload: string): Frame {
  const bytes = stringAt(objectAt(parseJson(payload))?.bytes);
  if (bytes === undefined) throw new GatewayError("upstream_malformed", "The provider sent a chunk without bytes.");
  const data = Buffer.from(bytes, "base64").toString("utf8");
  const event = /^\{"type":"([\w.-]+)"/.exec(data)?.[1] ?? stringAt(objectAt(parseJson(data))?.type);
  return event === undefined ? { data } : { event, data };
}
