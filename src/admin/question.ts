import { invalid } from "./key-told.ts";

const USUAL = 50;
const MOST = 500;

/** @throws GatewayError `invalid_request` for what nobody can ask by, and for what is asked twice */
export function mustAskFor(query: URLSearchParams, names: readonly string[]): void {
  for (const name of query.keys()) {
    if (!names.includes(name))
      throw invalid(name, `There is no ${JSON.stringify(name.slice(0, 80))} to ask by, only ${names.join(", ")}.`);
    if (query.getAll(name).length > 1) throw invalid(name, `${JSON.stringify(name)} stands twice.`);
  }
}

/** How many are wanted. @throws GatewayError `invalid_request` */
export function limitAsked(query: URLSearchParams): number {
  const limit = query.get("limit") ?? String(USUAL);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > MOST)
    throw invalid("limit", `"limit" must be a whole number from 1 to ${MOST}.`);
  return Number(limit);
}

/** A text; empty is as good as absent. A character that no engine can look for stands for none there is. */
export function textAsked(query: URLSearchParams, name: string): string | undefined {
  return query.get(name)?.replaceAll("\0", "\uFFFD") || undefined;
}

/** @throws GatewayError `invalid_request` */
export function flagAsked(query: URLSearchParams, name: string): boolean | undefined {
  const told = query.get(name);
  if (told === null || told === "") return undefined;
  if (told !== "true" && told !== "false") throw invalid(name, `${JSON.stringify(name)} must be true or false.`);
  return told === "true";
}
