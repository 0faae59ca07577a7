import type { Request } from "../core/request.ts";
import { withoutTextTools } from "./text-tools.ts";
import { withTakenNames } from "./tool-names.ts";
import type { Outbound, Quirks } from "./wire.ts";

/** A request whose tools are what a target takes, and what makes calls of them the client's own again (`event-filter.ts`). */
export interface Fitted {
  request: Request;
  names?: ReadonlyMap<string, string>;
  texts?: ReadonlySet<string>;
}

/** The client's own tools as a target takes them: of a kind that it has, and under names that it allows. */
export function withFittingTools(request: Request, { toolName, textTools }: Outbound, quirks: Quirks): Fitted {
  const spelled = textTools?.(quirks) === true ? { request } : withoutTextTools(request);
  return { ...spelled, ...withTakenNames(spelled.request, toolName) };
}
