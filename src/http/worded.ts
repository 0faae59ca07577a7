import { isObject, objectAt, parseJson, stringAt } from "../core/json.ts";
import { goesThere, plainPage } from "./plain-page.ts";

/** Where browsers are led by others, and not by a page of ours that could tell why they are refused. */
const LED = "/admin/sign-in/";

export interface WordedParts {
  readonly request: Request;
  /** As it was asked for. */
  readonly path: string;
  /** Where the dashboard's files are. */
  readonly folder: string;
}

/** A refusal by the admin API, as a page for people who were led there. */
export async function worded(reply: Response, { request, path, folder }: WordedParts): Promise<Response> {
  if (reply.status < 400 || !path.startsWith(LED) || !goesThere(request)) return reply;
  const text = await reply.text();
  const told = parseJson(text);
  const message = isObject(told) ? stringAt(objectAt(told.error)?.message) : undefined;
  const { status, headers } = reply;
  const kept = ["x-request-id", "request-id", "retry-after"].flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const page = plainPage(
    folder,
    { status, title: "You are not signed in", text: message ?? "", to: ["/", "To sign in"] },
    Object.fromEntries(kept),
  );
  return page ?? new Response(text, { status, headers });
}
