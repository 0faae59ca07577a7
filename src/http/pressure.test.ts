import { describe, expect, test } from "bun:test";
import { Pressure } from "./pressure.ts";

/** A clock that goes on when it is told, and a loop that comes so much too late to its timer each time. */
function watched(most = 10_000) {
  const at = { open: 0, now: 1000 };
  const pressure = new Pressure(() => at.open);
  pressure.watch(most);
  return {
    at,
    takes(open: number): boolean {
      at.open = open;
      try {
        pressure.mustTake();
        return true;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "overloaded", status: 503, again: true });
        return false;
      }
    },
    look(late: number, times = 1): void {
      for (let i = 0; i < times; i++) {
        at.now += 20 + late;
        pressure.look(at.now);
      }
    },
  };
}

describe("how many may be open", () => {
  test("is what the operator says, to the last one", () => {
    let open = 2;
    const pressure = new Pressure(() => open, 3);
    expect(() => pressure.mustTake()).not.toThrow();
    open = 3;
    expect(() => pressure.mustTake()).toThrow("As many requests are open");
  });

  test("is what there are descriptors for, where that is less", () => {
    const { takes } = watched(80);
    expect([takes(79), takes(80)]).toEqual([true, false]);
  });

  test("is any number of those that the loop is on time with", () => {
    const { takes, look } = watched();
    for (const open of [500, 900, 1500, 2800, 5000, 9000]) {
      expect(takes(open)).toBe(true);
      look(0);
    }
  });

  test("is not twice as many as ever before all at once, unless they are few", () => {
    const { takes, look } = watched();
    expect(takes(1000)).toBe(true);
    look(0, 2);
    expect([takes(1999), takes(2000)]).toEqual([true, false]);
  });
});

describe("a loop that is behind", () => {
  test("once, or for a moment, refuses nobody", () => {
    const { takes, look } = watched();
    takes(500);
    look(0);
    look(2000);
    expect(takes(501)).toBe(true);
    look(0);
    look(50, 3);
    expect(takes(501)).toBe(true);
  });

  test("for long has fewer, and fewer, but never hardly any; and again more when it is on time", () => {
    const { at, takes, look } = watched();
    takes(500);
    look(0);
    look(100, 3);
    expect([takes(200), takes(100)]).toEqual([false, true]);
    look(100, 50);
    expect([takes(64), takes(63)]).toEqual([false, true]);
    at.open = 63;
    look(0, 120);
    expect(takes(200)).toBe(true);
  });

  test("takes on everybody once hardly anybody is there", () => {
    const { at, takes, look } = watched();
    takes(500);
    look(0);
    look(100, 3);
    expect(takes(200)).toBe(false);
    at.open = 3;
    look(0);
    expect(takes(900)).toBe(true);
  });
});
