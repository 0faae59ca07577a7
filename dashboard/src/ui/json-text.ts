import { ownFault } from "./faults.ts";

/** An object as people edit it; empty for one that is absent. */
export function jsonText(value: unknown): string {
  return value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
}

/** @returns nothing for an empty text @throws ApiError that names `param`, where it is no JSON object */
export function objectOf(text: string, param: string): Readonly<Record<string, unknown>> | undefined {
  if (text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw ownFault(param, `This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw ownFault(param, 'This must be an object, such as {"a": 1}.');
  return value as Readonly<Record<string, unknown>>;
}

/** What has to be sent so that `before` becomes `after`: members that differ, and `null` for those that are gone. */
export function changedMembers(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) changes[name] = after[name] ?? null;
  return changes;
}
