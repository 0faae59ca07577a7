import type { WireName } from "../core/event.ts";
import { arrayAt, type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import type { Request } from "../core/request.ts";

/** The request for a provider of this wire, without tools that were only offered and that it does not have: told as left out. */
export function withoutSpareTools(request: Request, wire: WireName): Request {
  const { tools, unsaid } = request;
  const left = tools?.flatMap((tool) => (tool.kind === "native" && tool.spare && tool.wire !== wire ? [tool] : []));
  if (tools === undefined || left === undefined || left.length === 0) return request;
  const kept = tools.filter((tool) => !left.includes(tool as (typeof left)[number]));
  return { ...request, tools: kept, unsaid: [...(unsaid ?? []), ...left.map(({ value }) => String(value.type))] };
}

const OWN: ReadonlySet<unknown> = new Set(["function", "custom"]);

/** A tool that the client answers itself. */
export function isOwn(tool: JsonValue | undefined): boolean {
  return OWN.has(objectAt(tool)?.type);
}

/** Whether tools of the provider's are only offered, beside the client's own: agents offer all they know of. */
export function hasSpare({ tools, tool_choice: choice }: JsonObject): boolean {
  return (choice ?? "auto") === "auto" && (arrayAt(tools) ?? []).some(isOwn);
}
