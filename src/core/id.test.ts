import { expect, test } from "bun:test";
import { generationId, isGenerationId, ulid } from "./id.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The milliseconds that a ULID says. */
function timeOf(id: string): number {
  return [...id.slice(0, 10)].reduce((time, letter) => time * 32 + CROCKFORD.indexOf(letter), 0);
}

test("a ULID has 26 characters of Crockford's alphabet", () => {
  for (let i = 0; i < 1000; i++) expect(ulid(1_700_000_000_000 + i)).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

test.each([0, 1, 31, 32, 1_700_000_000_000, 2 ** 48 - 1])("its first ten characters say the time: %p", (now) => {
  expect(timeOf(ulid(now))).toBe(now);
});

test("the known time of the specification", () => {
  // https://github.com/ulid/spec: 01ARYZ6S41TSV4RRFFQ69G5FAV
  expect(ulid(1469918176385).slice(0, 10)).toBe("01ARYZ6S41");
});

test("ids sort by the time of their making", () => {
  const times = [0, 1, 999, 1000, 1_469_918_176_385, 1_700_000_000_000, 1_700_000_000_001, 2 ** 41, 2 ** 48 - 1];
  const ids = times.map((now) => ulid(now));
  expect(ids.toSorted()).toEqual(ids);
});

test("time may go back", () => {
  expect(timeOf(ulid(5000))).toBe(5000);
  expect(timeOf(ulid(4000))).toBe(4000);
});

test("100,000 in one millisecond are all different, and sort by the order of their making", () => {
  const ids = Array.from({ length: 100_000 }, () => ulid(1_700_000_000_000));
  expect(new Set(ids).size).toBe(100_000);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids.map((id) => id.slice(0, 10))).size).toBe(1);
});

test("of two in one millisecond the later is not told by the earlier", () => {
  const chanceOf = (id: string) =>
    [...id.slice(10)].reduce((sum, letter) => sum * 32n + BigInt(CROCKFORD.indexOf(letter)), 0n);
  const steps = Array.from({ length: 1000 }, (_, ms) => {
    const earlier = chanceOf(ulid(ms));
    return chanceOf(ulid(ms)) - earlier;
  });
  expect(new Set(steps).size).toBeGreaterThan(990);
  expect(steps.every((step) => step > 0n)).toBeTrue();
});

test("every character of the alphabet turns up in every place of the chance", () => {
  const seen = Array.from({ length: 16 }, () => new Set<string>());
  for (let i = 0; i < 5000; i++)
    for (const [place, letter] of [...ulid(i).slice(10)].entries()) seen[place]!.add(letter);
  for (const letters of seen) expect(letters.size).toBe(32);
});

test("the id of a generation begins with gen_ and knows its kind", () => {
  const id = generationId(Date.now());
  expect(id).toMatch(/^gen_[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(isGenerationId(id)).toBe(true);
});

test.each([
  "",
  "gen_",
  "gen_123",
  "01ARYZ6S41TSV4RRFFQ69G5FAV",
  "gen_01ARYZ6S41TSV4RRFFQ69G5FA",
  "gen_01ARYZ6S41TSV4RRFFQ69G5FAVX",
  "gen_01aryz6s41tsv4rrffq69g5fav",
  "gen_01ARYZ6S41TSV4RRFFQ69G5FAI",
  "gen_01ARYZ6S41TSV4RRFFQ69G5FAU",
  " gen_01ARYZ6S41TSV4RRFFQ69G5FAV",
  "gen_01ARYZ6S41TSV4RRFFQ69G5FAV\n",
  "msg_01ARYZ6S41TSV4RRFFQ69G5FAV",
])("%p is no such id", (text) => {
  expect(isGenerationId(text)).toBe(false);
});
