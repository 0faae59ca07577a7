import { expect, test } from "bun:test";
import { free } from "../core/free.ts";
import { Untaken } from "./untaken.ts";

const FRAME = 'data: {"choices":[{"index":0,"delta":{"content":"word"}}]}\n\n';

function text(bytes: number): Buffer {
  return Buffer.alloc(bytes, FRAME);
}

/** Resolves once it has been packed. */
async function packed(untaken: Untaken): Promise<void> {
  const { size } = untaken;
  while (untaken.size === size) await Bun.sleep(5);
}

test("what a client takes at once comes out as it went in", () => {
  for (const size of [1, 1000, 40_000, 500_000]) expect(new Untaken(text(size)).take().equals(text(size))).toBe(true);
});

test("what it has not taken for a while takes a tenth of the room, and comes out as it went in", async () => {
  const untaken = new Untaken(text(500_000));
  expect(untaken.size).toBe(500_000);
  await packed(untaken);
  expect(untaken.size).toBeLessThan(50_000);
  expect(untaken.take().equals(text(500_000))).toBe(true);
});

test("bytes that cannot be packed come out as they went in", async () => {
  const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251));
  const untaken = new Untaken(Buffer.from(noise));
  await packed(untaken);
  expect(untaken.take().equals(noise)).toBe(true);
});

test("what nobody will take is let go at once", () => {
  const bytes = text(500_000);
  new Untaken(bytes).drop();
  expect(bytes.length).toBe(0);
});

test("what is left of a long one does not keep all of it", () => {
  const bytes = text(500_000);
  const rest = bytes.subarray(490_000);
  const untaken = new Untaken(rest);
  expect(bytes.length).toBe(0);
  expect(untaken.take().equals(text(500_000).subarray(490_000))).toBe(true);
});

test("a part of another buffer keeps what it does not own alone", () => {
  const small = Buffer.from("small");
  free(small);
  expect(small.toString()).toBe("small");
});

test("where many fall behind at once, little waits unpacked; once they have gone there is room again", () => {
  for (let round = 0; round < 3; round++) {
    const all = Array.from({ length: 50 }, () => new Untaken(text(500_000)));
    const [first] = all;
    expect(first!.size).toBe(500_000);
    expect(all.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(12_000_000);
    for (const untaken of all.slice(25)) expect(untaken.take().equals(text(500_000))).toBe(true);
    for (const untaken of all.slice(0, 25)) untaken.drop();
  }
});
