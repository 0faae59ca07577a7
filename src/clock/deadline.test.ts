import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { coarseNow, Deadline } from "./deadline.ts";

const soon = () => performance.now() + 1;
const never = () => performance.now() + 3_600_000;

/** A deadline, and the moment at which it fired. */
function set(at: number): { deadline: Deadline; fired: Promise<number>; count: () => number } {
  const { promise, resolve } = Promise.withResolvers<number>();
  let fired = 0;
  const deadline = new Deadline(at, () => {
    fired++;
    resolve(performance.now());
  });
  return { deadline, fired: promise, count: () => fired };
}

/** Resolves when every deadline that is due by now has had its turn: one that is set now is looked at with or after them. */
function turn(): Promise<number> {
  return set(performance.now()).fired;
}

describe("a deadline", () => {
  test("fires once, never early, and is set no more", async () => {
    const at = performance.now() + 40;
    const { deadline, fired, count } = set(at);
    expect(deadline.isSet).toBe(true);
    expect(await fired).toBeGreaterThanOrEqual(at);
    expect(deadline.isSet).toBe(false);
    await turn();
    await turn();
    expect(count()).toBe(1);
  });

  test("that lies in the past fires at the next look, not while it is being set", async () => {
    const { fired, count } = set(performance.now() - 1000);
    expect(count()).toBe(0);
    await fired;
    expect(count()).toBe(1);
  });

  test("that is cleared never fires", async () => {
    const { deadline, count } = set(soon());
    deadline.clear();
    expect(deadline.isSet).toBe(false);
    await turn();
    await turn();
    expect(count()).toBe(0);
  });

  test("may be cleared twice, and after it has fired", async () => {
    const one = set(soon());
    await one.fired;
    one.deadline.clear();
    one.deadline.clear();
    expect(one.deadline.isSet).toBe(false);
    // The ring is whole: those set before and after still fire.
    const others = [set(soon()), set(soon())];
    await Promise.all(others.map(({ fired }) => fired));
  });

  test("that is moved on waits for its new moment", async () => {
    const { deadline, fired } = set(soon());
    const later = performance.now() + 80;
    deadline.move(later);
    expect(await fired).toBeGreaterThanOrEqual(later);
  });

  test("that is moved nearer fires at its new moment", async () => {
    const { deadline, fired } = set(never());
    deadline.move(soon());
    await fired;
    expect(deadline.isSet).toBe(false);
  });

  test("that was cleared stays so when it is moved", async () => {
    const { deadline, count } = set(soon());
    deadline.clear();
    deadline.move(soon());
    expect(deadline.isSet).toBe(false);
    await turn();
    await turn();
    expect(count()).toBe(0);
  });

  test("at infinity waits until it is moved", async () => {
    const { deadline, fired, count } = set(Number.POSITIVE_INFINITY);
    await turn();
    expect(count()).toBe(0);
    deadline.move(soon());
    await fired;
  });

  test("is set again after it has fired, and after it was cleared", async () => {
    let fired = 0;
    let told = Promise.withResolvers<void>();
    const deadline = new Deadline(soon(), () => {
      fired++;
      told.resolve();
    });
    await told.promise;
    told = Promise.withResolvers();
    deadline.rearm(soon());
    await told.promise;
    deadline.clear();
    told = Promise.withResolvers();
    deadline.rearm(soon());
    await told.promise;
    expect(fired).toBe(3);
  });

  test("that is set while it is set is moved, and stands in the ring once", async () => {
    const { deadline, fired, count } = set(never());
    deadline.rearm(soon());
    await fired;
    await turn();
    expect(count()).toBe(1);
  });

  test("may set itself again from within, as a heartbeat does", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let beats = 0;
    const heart: Deadline = new Deadline(soon(), () => {
      if (++beats === 5) resolve();
      else heart.rearm(performance.now());
    });
    await promise;
    expect(beats).toBe(5);
    expect(heart.isSet).toBe(false);
  });

  test("is due from its moment on, and only while it is set", () => {
    const { deadline } = set(1000);
    expect(deadline.isDue(999.9)).toBe(false);
    expect(deadline.isDue(1000)).toBe(true);
    deadline.clear();
    expect(deadline.isDue(1000)).toBe(false);
  });
});

describe("several deadlines", () => {
  test("each of which clears the other: exactly one fires", async () => {
    const due = performance.now() - 1;
    let fired = 0;
    const pair: Deadline[] = [0, 1].map(
      (i) =>
        new Deadline(due, () => {
          fired++;
          pair[1 - i]!.clear();
        }),
    );
    await turn();
    await turn();
    expect(fired).toBe(1);
  });

  test("each of which moves the other away: exactly one fires", async () => {
    const due = performance.now() - 1;
    let fired = 0;
    const pair: Deadline[] = [0, 1].map(
      (i) =>
        new Deadline(due, () => {
          fired++;
          pair[1 - i]!.move(never());
        }),
    );
    await turn();
    await turn();
    expect(fired).toBe(1);
    for (const deadline of pair) deadline.clear();
  });

  test("by the thousand: those that are due fire, each once, and the others stay", async () => {
    const fired = new Map<number, number>();
    const moment = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = Array.from({ length: 10_000 }, (_, i) => {
      const at = i % 2 === 0 ? moment + (i % 50) : never();
      return new Deadline(at, () => {
        fired.set(i, (fired.get(i) ?? 0) + 1);
        if (fired.size === 2500) resolve();
      });
    });
    // Of those that are due, every other one is called off.
    for (let i = 0; i < all.length; i += 4) all[i]!.clear();
    await promise;
    await turn();
    expect(fired.size).toBe(2500);
    expect([...fired].every(([i, times]) => i % 4 === 2 && times === 1)).toBe(true);
    expect(all.filter(({ isSet }) => isSet)).toHaveLength(5000);
    for (const deadline of all) deadline.clear();
    expect(all.some(({ isSet }) => isSet)).toBe(false);
  });

  test("of which one is set by another's firing: it has its turn too", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    new Deadline(soon(), () => {
      new Deadline(soon(), () => resolve("the second"));
    });
    expect(await promise).toBe("the second");
  });
});

describe("the coarse clock", () => {
  test("stands still within a turn while deadlines are set, and never runs ahead", () => {
    const { deadline } = set(never());
    const before = coarseNow();
    while (performance.now() < before + 2);
    expect(coarseNow()).toBe(before);
    expect(coarseNow()).toBeLessThanOrEqual(performance.now());
    deadline.clear();
  });

  test("moves on with every look at the deadlines", async () => {
    const { deadline } = set(never());
    const before = coarseNow();
    await turn();
    await turn();
    expect(coarseNow()).toBeGreaterThan(before);
    deadline.clear();
  });

  test("is the exact one again once no deadline is left", async () => {
    await turn();
    // The timer ends with the look at which it finds nothing: until then the clock is coarse.
    while (standsStill()) await new Promise((resolve) => setImmediate(resolve));
    expect(standsStill()).toBe(false);
  });
});

function standsStill(): boolean {
  const before = coarseNow();
  const start = performance.now();
  while (performance.now() < start + 0.1);
  return coarseNow() === before;
}

test("the timer stops when no deadline is left: a process that has none ends by itself", async () => {
  const script = `
    import { Deadline } from ${JSON.stringify(join(import.meta.dir, "deadline.ts"))};
    const far = new Deadline(performance.now() + 3_600_000, () => {});
    new Deadline(performance.now() + 1, () => { far.clear(); console.log("fired"); });
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe("fired\n");
  expect(await child.exited).toBe(0);
});
