import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { sized, tell } from "../support/figures.ts";
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
    60_000,
  );
});

test("nobody was shown a credential who could not prove to be the provider", () => {
  for (const { lines } of places.impostors.values()) for (const line of lines) expect(line.received).toBe(0);
});

/** Refused, broken off, never ended, and well: what each leaves behind is met again and again. */
const AGAIN = ["F05", "F17", "F22", "S05", "S07", "S10"];
const ROUNDS = sized(3, 60);

test(`met ${ROUNDS} times over they leave nothing behind`, async () => {
  const faults = AGAIN.map((id) => FORTY.find((fault) => fault.id === id)!);
  const matrices = await Promise.all(faults.map((fault) => startMatrix(fault, places)));
  const round = async () => {
    for (const matrix of matrices) expect(await matrix.run()).toEqual({});
    for (const { provider } of matrices) provider.forget();
    Bun.gc(true);
    return process.memoryUsage().heapUsed;
  };
  for (let i = 1; i < ROUNDS / 2; i++) await round();
  const half = await round();
  for (let i = 1; i < ROUNDS / 2; i++) await round();
  const whole = await round();
  for (const { gateway } of matrices) expect(gateway.headgate.listener.inFlight).toBe(0);
  for (const matrix of matrices) await matrix.stop();
  const rows = matrices.reduce((sum, { cells }) => sum + cells.length, 0) * ROUNDS;
  tell({ row: "U1", what: "requests under faults, again and again", value: rows });
  tell({ row: "U1", what: "heap at the end, times that of half-way", value: whole / half, atMost: 1.1 });
}, 120_000);
