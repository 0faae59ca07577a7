import type { Message } from "../../src/core/message.ts";
import type { Source } from "../../src/core/request.ts";
import type { Wire } from "../../src/wires/wire.ts";

/** What a reader of an answer must not lose. What only one wire can say is no part of it. */
export function essence({ parts }: Message) {
  const texts = (kind: "text" | "refusal") => parts.flatMap((part) => (part.kind === kind ? [part.text] : [])).join("");
  return {
    text: texts("text"),
    refusal: texts("refusal"),
    reasoning: parts.flatMap((part) => {
      if (part.kind !== "reasoning") return [];
      const { text, summary, signature, encrypted, redacted, id } = part;
      return [{ text, summary, signature, sealed: encrypted ?? redacted, id }];
    }),
    calls: parts.flatMap((part) => {
      if (part.kind !== "tool-call" || part.by !== "client") return [];
      const { call, name, arguments: args, format } = part;
      return [{ call, name, args, format }];
    }),
    // No door has a place for sounds: they are told as dropped.
    files: parts.flatMap((part) => (part.kind === "file" && isPicture(part.source) ? [part.source] : [])),
  };
}

function isPicture(source: Source): boolean {
  return source.from === "data" && source.mediaType.startsWith("image/");
}

/** What a reader of this wire gets of it: where there is no word for a refusal it is told as text. */
export function essenceIn(wire: Wire, message: Message) {
  const whole = essence(message);
  if (wire.name !== "anthropic-messages") return whole;
  const calls = whole.calls.map(({ format, args, ...call }) => ({ ...call, args: objectOf(args, format) }));
  return { ...whole, text: whole.text + whole.refusal, refusal: "", calls };
}

/** Arguments are an object there: free text, and what is no JSON, is a member of one. */
function objectOf(args: string, format: "json" | "text"): string {
  if (format === "text") return JSON.stringify({ input: args });
  return JSON.stringify(JSON.parse(args));
}
