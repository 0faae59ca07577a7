import { isObject, type JsonValue } from "../core/json.ts";
import type { Request, ToolChoice } from "../core/request.ts";

/** A tool whose arguments are the answer: how a format is asked for where the model has no mode for it. */
export interface AnswerTool {
  name: string;
  description: string;
  schema: JsonValue;
}

/** The tool that asks for the request's format. @returns `undefined` where it asks for none, or must leave the model free to call its own */
export function answerToolFor({ format, tools }: Request): AnswerTool | undefined {
  if (format === undefined || format.kind === "text") return undefined;
  if (format.kind === "schema")
    return {
      name: freeName(format.name, tools),
      description: format.description ?? "Answer with this object.",
      schema: format.schema,
    };
  // With tools of its own the model must be free to call them: asking for JSON in words is the client's business then.
  if (tools !== undefined && tools.length > 0) return undefined;
  return {
    name: "json",
    description: "Answer with this JSON object.",
    schema: { type: "object", additionalProperties: true },
  };
}

/** A name that is allowed, and that none of the client's own tools has. */
function freeName(wanted: string, tools: Request["tools"]): string {
  const taken = new Set(tools?.map((tool) => (tool.kind === "function" ? tool.name : tool.value.name)));
  const name = wanted.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64);
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name.slice(0, 58)}_${i}`;
  return free;
}

/** One call: of the tool that gives the answer, or, where the client has tools that may be called first, of any. */
export function choiceWith(answerTool: AnswerTool, { tools = [], toolChoice }: Request): ToolChoice {
  if (tools.length === 0 || toolChoice?.mode === "none") return { mode: "tool", name: answerTool.name };
  return toolChoice?.mode === "tool" ? toolChoice : { mode: "required" };
}

/** Whether every object of a schema says `additionalProperties: false`, as schema modes and strict tools want it. */
export function isClosed(schema: JsonValue | undefined): boolean {
  if (Array.isArray(schema)) return schema.every(isClosed);
  if (!isObject(schema)) return true;
  const isObjectSchema = schema.type === "object" || schema.properties !== undefined;
  return (!isObjectSchema || schema.additionalProperties === false) && Object.values(schema).every(isClosed);
}
