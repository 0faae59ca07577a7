import { present } from "../../../src/core/json.ts";
import type { Part, Request, Tool, ToolChoice, Turn } from "../../../src/core/request.ts";

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const FORMAT = "anthropic-claude-v1";
const MEDIA: Record<string, string> = { pdf: "application/pdf", txt: "text/plain" };

/** What a recorded body of Converse asks for, read by hand: no door speaks this wire. What only Bedrock can say travels as it is. */
export function converseRequest(body: Loose, stream: boolean, provider: string): Request {
  const { inferenceConfig: config = {}, toolConfig, outputConfig, messages, system, ...options } = body;
  const schema = outputConfig?.textFormat.structure.jsonSchema;
  const turns: Turn[] = messages.map(({ role, content }: Loose) => ({ role, parts: partsOf(content) }));
  return present({
    turns: system === undefined ? turns : [{ role: "system" as const, parts: partsOf(system) }, ...turns],
    stream,
    tools: toolConfig?.tools.map(toolOf),
    toolChoice: choiceOf(toolConfig?.toolChoice),
    outputCap: config.maxTokens,
    format: schema && {
      kind: "schema" as const,
      ...present({ name: schema.name, description: schema.description, schema: JSON.parse(schema.schema) }),
    },
    sampling: present({ temperature: config.temperature, topP: config.topP, stop: config.stopSequences }),
    extra: {},
    providerOptions: Object.keys(options).length === 0 ? {} : { [provider]: options },
  });
}

/** A mark stands behind what it marks. */
function partsOf(blocks: readonly Loose[]): Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const last = parts.at(-1);
    if (block.cachePoint === undefined || last === undefined) parts.push(partOf(block));
    else parts.splice(-1, 1, { ...last, cache: present({ ttl: block.cachePoint.ttl }) });
  }
  return parts;
}

function partOf(block: Loose): Part {
  const { text, toolUse, toolResult, reasoningContent, image, document } = block;
  if (text !== undefined) return { kind: "text", text };
  if (toolUse)
    return {
      kind: "tool-call",
      call: toolUse.toolUseId,
      name: toolUse.name,
      arguments: JSON.stringify(toolUse.input),
      by: "client",
      format: "json",
    };
  if (toolResult) {
    const { toolUseId: call, content, status } = toolResult;
    const result = { kind: "tool-result" as const, call: call as string, parts: partsOf(content) };
    return status === undefined ? result : { ...result, failed: status === "error" };
  }
  const thought = reasoningContent?.reasoningText;
  if (thought)
    return { kind: "reasoning", text: thought.text, signature: { format: FORMAT, value: thought.signature } };
  if (image?.source.bytes)
    return { kind: "image", source: { from: "data", mediaType: `image/${image.format}`, base64: image.source.bytes } };
  // A document with words beside it, or of text, is one that only Bedrock has.
  if (document?.source.bytes && Object.keys(document).length === 3) {
    const mediaType = MEDIA[document.format];
    if (mediaType !== undefined)
      return {
        kind: "file",
        source: { from: "data", mediaType, base64: document.source.bytes },
        filename: document.name,
      };
  }
  return { kind: "native", wire: "bedrock-converse", value: block };
}

function toolOf(tool: Loose): Tool {
  if (tool.toolSpec === undefined) return { kind: "native", wire: "bedrock-converse", value: tool };
  const { name, description, inputSchema, strict } = tool.toolSpec;
  return { kind: "function", name, ...present({ description, parameters: inputSchema.json, strict }) };
}

function choiceOf(choice: Loose): ToolChoice | undefined {
  if (choice?.tool) return { mode: "tool", name: choice.tool.name };
  if (choice?.any) return { mode: "required" };
  return choice?.auto ? { mode: "auto" } : undefined;
}
