import { describe, expect, test } from "bun:test";
import { Pressure } from "./pressure.ts";

/** A gateway with so many open, and a loop that comes so much too late to its looks. */
function watched(open: number, most = 10_000) {
  const at = { open, now: 1000, worked: 0 };
  const pressure = new Pressure(() => at.open);
  pressure.watch(most);
  /** How many of these are taken on until the next look, which comes so late, after work for such a share of the time. */
  const come = (count: number, late = 0, share = 1, waiting = 0): number => {
    let taken = 0;
    for (let i = 0; i < count; i++)
      try {
        pressure.mustTake();
        taken++;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "overloaded", status: 503, again: true });
      }
    at.now += 20 + late;
    at.worked += (20 + late) * share;
    pressure.look(at.now, at.worked, waiting);
    return taken;
  };
  // Its clock begins with the first, ours with the second.
  come(1);
  come(1);
  return { at, pressure, come };
}

describe("how many may be open", () => {
  test("is what the operator says, to the last one", () => {
    let open = 2;
    const pressure = new Pressure(() => open, 3);
    expect(() => pressure.mustTake()).not.toThrow();
    open = 3;
    expect(() => pressure.mustTake()).toThrow("As many requests are open");
  });

  test("is what there are descriptors for, where that is less; before that, connections are not kept", () => {
    const { at, pressure, come } = watched(79, 80);
    expect([come(1), pressure.tight]).toEqual([1, true]);
    at.open = 80;
    expect(come(1)).toBe(0);
    at.open = 72;
    expect([come(1), pressure.tight]).toEqual([1, false]);
  });

  test("is any number, and so many come at once as the loop is on time with, twice over", () => {
    const { at, come } = watched(500);
    expect(come(5000)).toBe(1024);
    expect(come(5000)).toBe(2048);
    at.open = 9000;
    expect(come(5000)).toBe(4096);
  });
});

describe("a loop that is behind", () => {
  test("once, or for a moment, refuses nobody", () => {
    const { come } = watched(500);
    come(300, 3000);
    expect(come(250)).toBe(250);
    come(300, 50);
    come(250, 50);
    expect(come(250)).toBe(250);
    expect(come(1000)).toBe(1000);
  });

  test("takes of a crowd those who came first, and from then on what it can", () => {
    const { come } = watched(500);
    expect(come(5000, 200)).toBe(1024);
    // Half of what it took: 4.7 in a millisecond.
    expect(come(5000, 200)).toBe(47);
  });

  test("in what it reads, though not in its looks, takes on fewer as well", () => {
    const { come } = watched(500);
    come(500, 0, 1, 200);
    expect(come(500, 0, 1, 300)).toBe(256);
    expect(come(500)).toBe(128);
  });

  test("for long takes on fewer, and fewer, but some in any case, however many are open and wait", () => {
    const { come } = watched(8000);
    for (let i = 0; i < 6; i++) come(250, 40);
    // It took 4.2 in a millisecond: half of that is 42 in 20.
    expect(come(1000, 100)).toBe(42);
    for (let i = 0; i < 20; i++) come(1000, 100);
    expect(come(1000)).toBe(32);
  });

  test("takes on more, by and by, when it is on time; and everybody when nobody was refused for a while", () => {
    const { come } = watched(8000);
    for (let i = 0; i < 30; i++) come(1000, 100);
    for (let i = 0; i < 30; i++) come(1000);
    const taken = come(1000);
    expect(taken).toBeGreaterThan(100);
    expect(taken).toBeLessThan(200);
    for (let i = 0; i < 110; i++) come(1);
    expect(come(1000)).toBe(1000);
  });

  test("for whatever reason still takes on who comes one after the other", () => {
    const { come } = watched(200);
    for (let i = 0; i < 30; i++) come(5, 300);
    for (let i = 0; i < 10; i++) expect(come(40)).toBe(40);
  });

  test("by what streams bring takes on all of one who comes again as soon as it is answered, however many that are until the next look", () => {
    const { come } = watched(500);
    for (let i = 0; i < 30; i++) expect(come(90, 80)).toBe(90);
    // Twice as many are more than one alone.
    for (let i = 0; i < 3; i++) come(200, 80);
    expect(come(200, 80)).toBeLessThan(90);
  });

  test("as others have the machine refuses nobody", () => {
    const { come } = watched(500);
    for (let i = 0; i < 30; i++) expect(come(300, 300, 0.2)).toBe(300);
  });

  test("takes on everybody once hardly anybody is there", () => {
    const { at, come } = watched(500);
    for (let i = 0; i < 30; i++) come(300, 100);
    expect(come(300, 100)).toBe(32);
    at.open = 3;
    expect(come(300)).toBe(300);
    at.open = 500;
    // It has forgotten nothing in a moment, for then many are there again.
    expect(come(300)).toBeLessThan(100);
    at.open = 3;
    for (let i = 0; i < 110; i++) come(1);
    at.open = 500;
    expect(come(300)).toBe(300);
  });
});
