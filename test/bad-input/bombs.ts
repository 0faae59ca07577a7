/** Bodies that cost far more than they seem to, and what each gets. */

export const MEGABYTE = 1_000_000;
/** A request that would be answered but for this. */
export const within = (inside: string) =>
  `{"model":"openai/gpt-4o","messages":[{"role":"user","content":"x"}],"input":"x","x_bomb":${inside}}`;

export const BOMBS: readonly [what: string, status: number, make: () => string][] = [
  ["arrays 10,000 deep", 413, () => within("[".repeat(10_000) + "]".repeat(10_000))],
  ["objects 10,000 deep", 413, () => within('{"a":'.repeat(10_000) + "1" + "}".repeat(10_000))],
  ["one deeper than the limit", 413, () => within("[".repeat(128) + "]".repeat(128))],
  ["2 million open brackets", 413, () => "[".repeat(2 * MEGABYTE)],
  ["2 million closed brackets", 400, () => "]".repeat(2 * MEGABYTE)],
  ["10 MB of {}", 413, () => within(`[${"{},".repeat(3 * MEGABYTE)}{}]`)],
  ["400,000 names", 413, () => within(`{${Array.from({ length: 400_000 }, (_, i) => `"k${i}":1`).join(",")}}`)],
  ["a million numbers", 413, () => within(`[${"0,".repeat(MEGABYTE)}0]`)],
  ["a million commas", 413, () => ",".repeat(MEGABYTE)],
  ["a million colons", 413, () => `{${":".repeat(MEGABYTE)}`],
  ["a million quotes", 400, () => '"'.repeat(MEGABYTE)],
  ["a million backslashes in a string", 400, () => `{"${"\\".repeat(MEGABYTE)}`],
  ["a number of a million digits", 400, () => `{"model":${"1".repeat(MEGABYTE)}}`],
  ["a name of a megabyte, twice", 400, () => `{"${"n".repeat(MEGABYTE)}":1,"${"n".repeat(MEGABYTE)}":1}`],
  ["a megabyte of space and nothing else", 400, () => " ".repeat(MEGABYTE)],
  ["NUL, a megabyte of it", 400, () => "\0".repeat(MEGABYTE)],
];
