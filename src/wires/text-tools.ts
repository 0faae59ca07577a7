import type { Event } from "../core/event.ts";
import { isObject, type JsonObject, objectAt, parseJson, present, stringAt } from "../core/json.ts";
import type { Part, Request, Tool, Turn } from "../core/request.ts";

/** A request whose tools all take JSON. */
export interface Spelled {
  request: Request;
  /** Names of the client's tools that take text. Absent where there are none. */
  texts?: ReadonlySet<string>;
}

/**
 * Tools that take free text, for a target that has none: as functions with one string, `input`. A grammar is shown to the model, which
 * nobody holds it to: that is told. https://developers.openai.com/api/docs/guides/function-calling#custom-tools
 */
export function withoutTextTools(request: Request): Spelled {
  const texts = new Set<string>();
  let isBound = false;
  const tools = request.tools?.map((tool): Tool => {
    const custom = customOf(tool);
    if (custom === undefined) return tool;
    const name = stringAt(custom.name) ?? "";
    texts.add(name);
    const grammar = grammarOf(custom);
    isBound ||= grammar !== undefined;
    return present({
      kind: "function",
      name,
      description: stringAt(custom.description),
      parameters: parametersOf(grammar),
    });
  });
  if (texts.size === 0 && !request.turns.some(({ parts }) => parts.some(isTextCall))) return { request };
  const { turns, unsaid = [] } = request;
  return present({
    request: {
      ...request,
      ...(tools === undefined ? {} : { tools }),
      ...(isBound ? { unsaid: [...unsaid, "tools[].format"] } : {}),
      turns: turns.map(
        (turn): Turn => (turn.parts.some(isTextCall) ? { ...turn, parts: turn.parts.map(spelled) } : turn),
      ),
    },
    texts: texts.size === 0 ? undefined : texts,
  });
}

function customOf(tool: Tool): JsonObject | undefined {
  if (tool.kind !== "native" || tool.wire !== "openai-chat" || tool.value.type !== "custom") return undefined;
  return objectAt(tool.value.custom);
}

function grammarOf({ format }: JsonObject): JsonObject | undefined {
  const told = objectAt(format);
  return told?.type === "grammar" ? (objectAt(told.grammar) ?? {}) : undefined;
}

function parametersOf(grammar: JsonObject | undefined): JsonObject {
  const what = "All that is given to the tool, as it stands.";
  const bound = `${what} It must follow this ${stringAt(grammar?.syntax) ?? ""} grammar:\n${stringAt(grammar?.definition) ?? ""}`;
  return {
    type: "object",
    properties: { input: { type: "string", description: grammar === undefined ? what : bound } },
    required: ["input"],
    additionalProperties: false,
  };
}

function isTextCall(part: Part): boolean {
  return part.kind === "tool-call" && part.by === "client" && part.format === "text";
}

function spelled(part: Part): Part {
  if (part.kind !== "tool-call" || !isTextCall(part)) return part;
  return { ...part, format: "json", arguments: JSON.stringify({ input: part.arguments }) };
}

/** Calls of these tools with the text that they are given, as it comes. Holds the state of one answer. */
export function textCalls(texts: ReadonlySet<string>): (event: Event) => Event[] {
  const open = new Map<number, TextInJson>();
  return (event) => {
    if (event.type === "block-start") {
      const { block } = event;
      if (block.kind !== "tool-call" || block.by !== "client" || block.format !== "json" || !texts.has(block.name))
        return [event];
      open.set(event.index, new TextInJson());
      return [{ ...event, block: { ...block, format: "text" } }];
    }
    if (event.type !== "block-delta" && event.type !== "block-end") return [event];
    const text = open.get(event.index);
    if (text === undefined) return [event];
    if (event.type === "block-delta" && event.delta.kind !== "arguments") return [event];
    const said = event.type === "block-end" ? text.end() : text.push((event.delta as { json: string }).json);
    const told: Event[] =
      said === "" ? [] : [{ type: "block-delta", index: event.index, delta: { kind: "arguments", json: said } }];
    return event.type === "block-end" ? [...told, event] : told;
  };
}

const HEAD = /^\s*\{\s*"input"\s*:\s*"/;

/** The string `input` of a JSON object that comes in pieces. */
class TextInJson {
  /** What has come and was not told. */
  private rest = "";
  private state: "before" | "within" | "behind" = "before";
  /** Half of a character that comes in two. */
  private half = "";

  push(json: string): string {
    if (this.state === "behind") return "";
    this.rest += json;
    if (this.state === "before") {
      const head = HEAD.exec(this.rest);
      if (head === null) return "";
      this.rest = this.rest.slice(head[0].length);
      this.state = "within";
    }
    const end = this.wholeUpTo();
    const text = this.half + unescaped(this.rest.slice(0, end));
    if (this.rest[end] === '"') this.state = "behind";
    this.rest = this.rest.slice(end);
    const isHalf = /[\ud800-\udbff]$/.test(text);
    this.half = isHalf ? text.slice(-1) : "";
    return isHalf ? text.slice(0, -1) : text;
  }

  /** What is left at the end: of a model that did not do as it was told, all that it said. */
  end(): string {
    if (this.state !== "before") return this.half;
    const object = parseJson(this.rest);
    return (isObject(object) ? stringAt(object.input) : undefined) ?? this.rest;
  }

  /** Where the string ends, or the part of it in which every escape is whole. */
  private wholeUpTo(): number {
    const { rest } = this;
    let at = 0;
    while (at < rest.length && rest[at] !== '"') {
      const size = rest[at] !== "\\" ? 1 : rest[at + 1] === "u" ? 6 : 2;
      if (at + size > rest.length) break;
      at += size;
    }
    return at;
  }
}

/** What a piece of a JSON string says; one that is none is told as it stands. */
function unescaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: models write line ends into strings
  const closed = text.replace(/[\u0000-\u001f]/g, (sign) => JSON.stringify(sign).slice(1, -1));
  const said = parseJson(`"${closed}"`);
  return typeof said === "string" ? said : text;
}
