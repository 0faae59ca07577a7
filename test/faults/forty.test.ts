import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { FORTY } from "./forty.ts";
import { openPlaces, type Places, startMatrix } from "./matrix-of-doors.ts";

/** The descriptors of this process. */
const descriptors = () => readdirSync("/proc/self/fd").length;

let places: Places;
beforeAll(async () => {
  places = await openPlaces();
});
afterAll(() => places.stop());

test("the forty are all there", () => {
  const forty = [
    ...Array.from({ length: 24 }, (_, i) => `F${String(i + 1).padStart(2, "0")}`),
    ...Array.from({ length: 16 }, (_, i) => `S${String(i + 1).padStart(2, "0")}`),
  ];
  expect([...new Set(FORTY.map(({ id }) => id))].sort()).toEqual(forty);
});

describe("from every door, by every wire, streamed and not, with a fallback and without", () => {
  test.each(FORTY.map((fault) => [`${fault.id} ${fault.what}`, fault] as const))(
    "%s",
    async (_, fault) => {
      const before = descriptors();
      const matrix = await startMatrix(fault, places);
      try {
        expect(await matrix.run()).toEqual({});
      } finally {
        await matrix.stop();
      }
      // Bun gives no hold on a connection that is being made: the kernel gives it up, after two minutes.
      const making = fault.at === "deaf" ? matrix.cells.length : 0;
      // Our own clients close theirs when they see that the gateway has gone.
      while (descriptors() > before + making) await Bun.sleep(1);
    },
    10_000,
  );
});

test("nobody was shown a credential who could not prove to be the provider", () => {
  for (const { lines } of places.impostors.values()) for (const line of lines) expect(line.received).toBe(0);
});
