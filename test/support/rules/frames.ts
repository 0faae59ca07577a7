import { expect } from "bun:test";

// biome-ignore lint/suspicious/noExplicitAny: JSON that the rules look into
export type Loose = any;

/** One frame of a stream, as its lines say it. */
export interface Told {
  readonly event: string | undefined;
  readonly data: string;
}

/** The frames of a stream, comments left out: whole, and spelled as the gateway spells them. */
export function framesIn(sse: string): Told[] {
  return spelled(sse).map((frame) => {
    const lines = /^(?:event: (.*)\n)?data: (.*)$/.exec(frame);
    if (lines === null) throw new Error(`no frame of this door: ${frame.slice(0, 200)}`);
    return { event: lines[1], data: lines[2]! };
  });
}

/** Frames that have their type on a line of its own and once more inside. */
export function eventsIn(sse: string): Loose[] {
  return framesIn(sse).map(({ event, data }) => {
    const value = JSON.parse(data);
    expect(value.type).toBe(event);
    return value;
  });
}

/** What frames say that are spelled as their provider likes. */
export function dataIn(sse: string): string[] {
  return spelled(sse).flatMap((frame) => {
    const lines = frame.split("\n").flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? []);
    return lines.length === 0 ? [] : [lines.join("\n")];
  });
}

function spelled(sse: string): string[] {
  expect(sse).toEndWith("\n\n");
  return sse
    .slice(0, -2)
    .split("\n\n")
    .filter((frame) => !frame.startsWith(":"));
}

export function isCount(value: unknown): void {
  expect(Number.isSafeInteger(value)).toBe(true);
  expect(value as number).toBeGreaterThanOrEqual(0);
}

export function isWords(value: unknown): void {
  expect(value).toBeString();
  expect(value).not.toBe("");
}

/** Exactly these members, those with a `?` if they are there. */
export function hasMembers(value: Loose, names: string): void {
  const known = names.split(" ");
  const must = known.filter((name) => !name.endsWith("?"));
  const may = new Set(known.map((name) => name.replace("?", "")));
  const own = Object.keys(value);
  expect({
    missing: must.filter((name) => !own.includes(name)),
    unknown: own.filter((name) => !may.has(name)),
  }).toEqual({
    missing: [],
    unknown: [],
  });
}
