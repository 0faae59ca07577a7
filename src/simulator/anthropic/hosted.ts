import { type Answer, type EventStream, Refusal, type Vendor } from "../answer.ts";
import { beginning, chunkFrame, exceptionFrame } from "../bedrock/frames.ts";
import { bedrock, exception } from "../bedrock/vendor.ts";
import { gemini } from "../gemini/vendor.ts";
import { dateLine } from "../http.ts";
import { isObject, type Json, type JsonObject, listOf, objectOr, parseJson, textOf } from "../json.ts";
import { inputTokens } from "./prompt.ts";
import { checkMessages } from "./rules.ts";
import { anthropic, invalid } from "./vendor.ts";

/** Claude as two clouds serve it: the model in the path, the version in the body, each with manners of its own. */

/** The manners of Vertex AI where Claude answers: Google at the door, Anthropic behind it. */
export const vertexClaude: Vendor = {
  ...anthropic,
  headers: () => dateLine(Date.now()),
  admit: gemini.admit,
  emptyAccount: 429,
};

/** The manners of Bedrock where it invokes Claude. */
export const bedrockClaude: Vendor = {
  ...bedrock,
  ping: chunkFrame('{"type": "ping"}'),
  failure: exceptionFrame("modelStreamErrorException", "The system encountered an unexpected error during processing."),
};

/** Members that only Anthropic itself knows. */
const ITS_OWN = ["container", "inference_geo", "mcp_servers", "service_tier", "speed"];

/** @throws {Refusal} */
export function checkRawPredict(body: JsonObject, headers: Readonly<Record<string, string>>, streams: boolean): void {
  const { anthropic_version: version, ...said } = body;
  if (version !== "vertex-2023-10-16") throw invalid("anthropic_version: Field required");
  // It would answer, with one event that holds the whole message: nobody means that.
  if (streams !== (said.stream === true)) throw invalid("stream: does not agree with the method");
  mustKnow(said, invalid);
  checkMessages({ ...said, model: "by path" }, { ...headers, "anthropic-version": version });
}

/** A request to count, which does name its model. @throws {Refusal} */
export function checkCount(body: JsonObject, headers: Readonly<Record<string, string>>): void {
  const { anthropic_version: _version, ...said } = body;
  mustKnow({ ...said, model: undefined }, invalid);
  checkMessages({ max_tokens: 1, ...said }, { ...headers, "anthropic-version": "vertex-2023-10-16" });
}

/** Tools that are not Anthropic's own servers'. */
const TOOLS = /^(custom|bash_|computer_|memory_|text_editor_|tool_search_tool_)/;
/** As in recordings of 2026. */
const TAGS = "'bash_20250124', 'custom', 'text_editor_20250124', 'text_editor_20250429', 'text_editor_20250728'";

/** @throws {Refusal} */
export function checkInvoke(body: JsonObject): void {
  const { anthropic_version: version, anthropic_beta: betas, ...said } = body;
  const refuse = (message: string) => exception(400, message);
  if (version !== "bedrock-2023-05-31") throw refuse("anthropic_version: Field required");
  if (betas !== undefined && !(Array.isArray(betas) && betas.every((name) => typeof name === "string")))
    throw refuse("anthropic_beta: Input should be a valid list");
  if (said.stream !== undefined) throw refuse("stream: Extra inputs are not permitted");
  for (const [i, tool] of listOf(said.tools).entries()) {
    const type = textOf(objectOr(tool, {}).type) || "custom";
    if (!TOOLS.test(type))
      throw refuse(
        `tools.${i}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${TAGS}`,
      );
  }
  mustKnow(said, refuse);
  const header: Record<string, string> =
    listOf(betas).length === 0 ? {} : { "anthropic-beta": listOf(betas).join(",") };
  try {
    checkMessages({ ...said, model: "by path" }, { "anthropic-version": version, ...header });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refuse(textOf(objectOr(objectOr(parseJson(error.body), {}).error, {}).message));
  }
}

function mustKnow(body: JsonObject, refuse: (message: string) => Refusal): void {
  const strange = ["model", ...ITS_OWN].find((name) => body[name] !== undefined);
  if (strange !== undefined) throw refuse(`${strange}: Extra inputs are not permitted`);
  if (holdsAddress(body.messages ?? null))
    throw refuse("messages.0.content.0.image.source.base64.data: URL sources are not supported");
}

/** An image or a document that would have to be fetched, at any place of a content. */
function holdsAddress(value: Json): boolean {
  if (Array.isArray(value)) return value.some(holdsAddress);
  if (!isObject(value)) return false;
  return objectOr(value.source, {}).type === "url" || holdsAddress(value.content ?? null);
}

/** Tokens of a request that is wrapped for counting. @throws {Refusal} */
export function countInvoked(body: JsonObject): JsonObject {
  const wrapped = textOf(objectOr(objectOr(body.input, {}).invokeModel, {}).body);
  const invoked = objectOr(parseJson(Buffer.from(wrapped, "base64").toString("utf8")), {});
  checkInvoke(invoked);
  return { inputTokens: inputTokens(invoked) };
}

/** The same answer in AWS's frames, of which each holds one event. */
export function inChunks(answer: Answer): Answer {
  return { ...answer, stream: () => new ChunkStream(answer.stream(), answer.promptTokens) };
}

class ChunkStream implements EventStream {
  readonly opening: string;
  /** Longer than anything that is still an event. */
  readonly unfinished = beginning(0x00ffffff);
  private readonly stream: EventStream;
  private readonly promptTokens: number;

  constructor(stream: EventStream, promptTokens: number) {
    this.stream = stream;
    this.promptTokens = promptTokens;
    this.opening = chunks(stream.opening);
  }

  *content(): Generator<string, void> {
    for (const frames of this.stream.content()) yield chunks(frames);
  }

  closing(): string {
    const metrics = { inputTokenCount: this.promptTokens, invocationLatency: 321, firstByteLatency: 120 };
    const stop = JSON.stringify({ type: "message_stop", "amazon-bedrock-invocationMetrics": metrics });
    return chunks(this.stream.closing().replace(/data: \{"type":"message_stop"\s*\}/, () => `data: ${stop}`));
  }
}

/** Each event of a text, in a frame. */
function chunks(frames: string): string {
  return frames
    .split("\n\n")
    .flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? [])
    .map((data) => chunkFrame(data.trimEnd()))
    .join("");
}
