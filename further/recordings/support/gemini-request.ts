import { isObject, type JsonObject, type JsonValue, present } from "../../../src/core/json.ts";
import type { Part, Reasoning, Request, Tool, ToolChoice, Turn } from "../../../src/core/request.ts";

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const FORMAT = "google-gemini-v1";

/** What the model, a tool or a schema says: its names are no members of the API. */
const WORDS = /^(args|response|parameters|parametersJsonSchema|responseSchema|responseJsonSchema)$/;

/** The same body with its members named in one of the two ways that Google takes: `mimeType`, not `mime_type`. */
export function inCamelCase(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, each = null]) => {
    const name = key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [name, WORDS.test(name) ? each : inCamelCase(each)];
  });
  return Object.fromEntries(members);
}

/** What a recorded body of `generateContent` asks for, read by hand: no door speaks this wire. What only Google can say travels as it is. */
export function geminiRequest(body: Loose, stream: boolean, provider: string): Request {
  const { contents, systemInstruction, tools = [], toolConfig, generationConfig = {}, ...others } = body;
  const {
    maxOutputTokens: outputCap,
    temperature,
    topP,
    topK,
    stopSequences: stop,
    seed,
    frequencyPenalty,
    presencePenalty,
    thinkingConfig,
    responseMimeType,
    responseJsonSchema: schema,
    ...config
  } = generationConfig;
  const isFormat = responseMimeType === "application/json" && config.responseSchema === undefined;
  const own = tools.filter((tool: Loose) => tool.functionDeclarations === undefined);
  const declared = tools.flatMap((tool: Loose) => tool.functionDeclarations ?? []);
  const choice = choiceOf(toolConfig?.functionCallingConfig);
  const reader = new Reader();
  const turns: Turn[] = contents.map(({ role, parts }: Loose) => ({
    role: role === "model" ? "assistant" : "user",
    parts: parts.flatMap((part: Loose) => reader.read(part)),
  }));
  const options: JsonObject = present({
    ...others,
    ...config,
    tools: own.length === 0 ? undefined : own,
    toolConfig: choice === undefined ? toolConfig : undefined,
    responseMimeType: isFormat ? undefined : responseMimeType,
  });
  return {
    turns: systemInstruction
      ? [{ role: "system", parts: [systemInstruction.parts].flat().map(textOf) }, ...turns]
      : turns,
    stream,
    sampling: present({ temperature, topP, topK, stop, seed, frequencyPenalty, presencePenalty }),
    extra: {},
    providerOptions: Object.keys(options).length === 0 ? {} : { [provider]: options },
    ...present({
      outputCap,
      tools: declared.length === 0 ? undefined : (declared.map(toolOf) as Tool[]),
      toolChoice: choice,
      reasoning: thinkingConfig && thinkingOf(thinkingConfig),
    }),
    ...(isFormat ? { format: schema ? { kind: "schema", name: "answer", schema } : { kind: "json" } } : {}),
  };
}

const textOf = ({ text }: Loose): Part => ({ kind: "text", text });

function thinkingOf({ includeThoughts, thinkingBudget: budget, thinkingLevel }: Loose): Reasoning {
  return present({
    budget,
    effort: thinkingLevel?.toLowerCase(),
    exclude: includeThoughts === true ? undefined : true,
  });
}

function toolOf({ name, description, parameters, parametersJsonSchema }: Loose): Tool {
  return { kind: "function", name, ...present({ description, parameters: parametersJsonSchema ?? parameters }) };
}

function choiceOf(config: Loose): ToolChoice | undefined {
  const names = config?.allowedFunctionNames ?? [];
  if (config?.mode === "ANY" && names.length < 2)
    return names.length === 1 ? { mode: "tool", name: names[0] } : { mode: "required" };
  if (config?.mode === "AUTO") return { mode: "auto" };
  return config?.mode === "NONE" ? { mode: "none" } : undefined;
}

/** Parts one by one: a call without an id is told from others by its place, a result without one is of the first call of its tool. */
class Reader {
  private count = 0;
  private readonly open: { id: string; name: string }[] = [];

  read(part: Loose): Part[] {
    const { text, thought, thoughtSignature: proof, functionCall, functionResponse, inlineData, ...rest } = part;
    const signature = proof === undefined ? undefined : { format: FORMAT, value: proof };
    if (thought === true) return [{ kind: "reasoning", text, format: FORMAT, ...present({ signature }) }];
    if (text !== undefined && Object.keys(rest).length === 0) {
      const seal: Part[] = proof ? [{ kind: "reasoning", text: "", encrypted: proof, format: FORMAT }] : [];
      return [textOf(part), ...seal];
    }
    if (functionCall) {
      const { id = `none_${this.count++}`, name, args = {} } = functionCall;
      this.open.push({ id, name });
      const call = { kind: "tool-call", call: id, name, arguments: JSON.stringify(args) } as const;
      return [{ ...call, by: "client", format: "json", ...present({ signature }) }];
    }
    if (functionResponse && functionResponse.parts === undefined) {
      const { id, name, response } = functionResponse;
      const at = this.open.findIndex((call) => call.id === id || (id === undefined && call.name === name));
      const [call] = at < 0 ? [{ id: name }] : this.open.splice(at, 1);
      return [{ kind: "tool-result", call: call!.id, parts: [{ kind: "text", text: JSON.stringify(response) }] }];
    }
    if (inlineData?.mimeType.startsWith("image/") && Object.keys(rest).length === 0)
      return [{ kind: "image", source: { from: "data", mediaType: inlineData.mimeType, base64: inlineData.data } }];
    return [{ kind: "native", wire: "gemini-generate", value: part }];
  }
}
