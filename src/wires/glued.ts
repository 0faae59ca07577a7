import { endOfValue } from "./splice.ts";

const GLUE = "}{";

/**
 * The objects in a line that holds several with nothing between them, as a provider sends that lost the line end.
 * @returns `undefined` where the line is anything else
 */
export function unglued(data: string): string[] | undefined {
  if (!mayBeGlued(data, 0)) return undefined;
  const objects: string[] = [];
  for (let at = 0; at < data.length; ) {
    const end = data.startsWith("{", at) ? endOfValue(data, at) : at;
    if (end <= at || end > data.length) return undefined;
    objects.push(data.slice(at, end));
    at = end;
  }
  return objects.length > 1 ? objects : undefined;
}

/** Whether to look closer. The same two letters may stand in a string. */
export function mayBeGlued(data: string, from: number): boolean {
  return data.indexOf(GLUE, from) >= 0;
}
