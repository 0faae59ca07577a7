import { describe, expect, spyOn, test } from "bun:test";
import { FIN, HANG, type Line, Pacer, Playback, RESET, type Step } from "./playback.ts";

/** A line that takes as many bytes as it is told to. */
class TestLine implements Line {
  written = Buffer.alloc(0);
  writes = 0;
  room = Number.POSITIVE_INFINITY;
  ended = "";

  write(data: string | Uint8Array): number {
    if (this.ended !== "") return -1;
    const bytes = Buffer.from(data as string);
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    this.written = Buffer.concat([this.written, bytes.subarray(0, taken)]);
    this.writes++;
    return taken;
  }

  close(): void {
    this.ended = "fin";
  }

  reset(): void {
    this.ended = "reset";
  }

  get text(): string {
    return this.written.toString();
  }
}

function playing(steps: Iterable<Step>, line = new TestLine()) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const pacer = new Pacer();
  const playback = new Playback(line, steps[Symbol.iterator]() as Iterator<Step, void>, pacer, resolve);
  playback.run(performance.now());
  return { line, pacer, playback, ended: promise };
}

describe("a playback", () => {
  test("text without a wait between goes out in one write", async () => {
    const { line, ended } = playing(["a", "b", "c"]);
    expect(await ended).toBe("done");
    expect({ text: line.text, writes: line.writes, end: line.ended }).toEqual({ text: "abc", writes: 1, end: "" });
  });

  test("waits as long as it is told to, in order", async () => {
    const started = performance.now();
    const { line, ended } = playing(["a", 10, "b", 15, "c"]);
    expect(line.text).toBe("a");
    expect(await ended).toBe("done");
    expect(line.text).toBe("abc");
    expect(performance.now() - started).toBeGreaterThanOrEqual(24);
  });

  test("what is due at different times goes out in different writes", async () => {
    const { line, ended, playback } = playing(["a", 10_000, "b", 10_000, "c"]);
    const now = performance.now();
    playback.run(now + 10_001);
    expect({ text: line.text, writes: line.writes }).toEqual({ text: "ab", writes: 2 });
    playback.run(now + 20_001);
    expect({ text: line.text, writes: line.writes }).toEqual({ text: "abc", writes: 3 });
    expect(await ended).toBe("done");
  });

  test("what is overdue goes out together", async () => {
    const { line, ended, playback } = playing(["a", 1000, "b", 1000, "c", 1000, "d"]);
    playback.run(performance.now() + 2500);
    expect(line.text).toBe("abc");
    playback.run(performance.now() + 3500);
    expect(await ended).toBe("done");
    expect(line.writes).toBe(3);
  });

  test("closes, resets or hangs where the steps say so", async () => {
    const closed = playing(["a", FIN, "b"]);
    expect([await closed.ended, closed.line.ended, closed.line.text]).toEqual(["fin", "fin", "a"]);
    const torn = playing(["a", RESET]);
    expect([await torn.ended, torn.line.ended]).toEqual(["reset", "reset"]);
    const silent = playing(["a", HANG]);
    expect([await silent.ended, silent.line.ended]).toEqual(["hang", ""]);
  });

  test("a full line is waited for, and no byte is lost or doubled", async () => {
    const text = "é水😄".repeat(5000);
    const line = new TestLine();
    line.room = 1;
    let made = 0;
    function* steps(): Generator<Step, void> {
      for (let i = 0; i < 10; i++) {
        made++;
        yield text;
        yield new Uint8Array(Buffer.from("|"));
      }
      yield FIN;
    }
    const { playback, ended } = playing(steps(), line);
    const early = made;
    while (line.ended === "") {
      line.room = 7919;
      playback.drained();
    }
    expect(await ended).toBe("fin");
    expect(early).toBe(1);
    expect(line.text).toBe(`${text}|`.repeat(10));
  });

  test("an end waits for the bytes before it", async () => {
    const line = new TestLine();
    line.room = 2;
    const { playback, ended } = playing(["abcd", RESET], line);
    expect(line.ended).toBe("");
    line.room = 9;
    playback.drained();
    expect([await ended, line.text, line.ended]).toEqual(["reset", "abcd", "reset"]);
  });

  test("nothing more is read once the peer is gone", () => {
    let closed = false;
    function* steps(): Generator<Step, void> {
      try {
        for (;;) yield "x".repeat(100_000);
      } finally {
        closed = true;
      }
    }
    const line = new TestLine();
    line.room = 10;
    const { playback } = playing(steps(), line);
    playback.drop();
    line.room = 1000;
    playback.drained();
    playback.run(performance.now());
    expect([line.text.length, closed]).toEqual([10, true]);
  });

  test("an endless one lets the others have their turn", async () => {
    function* endless(): Generator<Step, void> {
      for (;;) yield "x".repeat(70_000);
    }
    const { line, pacer, playback } = playing(endless());
    expect(line.written.length).toBeLessThan(2_000_000);
    const other = playing(["a", 1, "b"]);
    expect(await other.ended).toBe("done");
    playback.drop();
    pacer.stop();
  });
});

describe("a pacer", () => {
  test("wakes many playbacks in the order of their time", async () => {
    const pacer = new Pacer();
    const order: number[] = [];
    const waits = [30, 10, 20, 10, 1];
    // All of them begin at one moment, however long this takes.
    const now = spyOn(performance, "now").mockReturnValue(performance.now());
    const all = waits.map((wait) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const steps: Step[] = [wait, "x"];
      new Playback(new TestLine(), steps[Symbol.iterator]() as Iterator<Step, void>, pacer, () => {
        order.push(wait);
        resolve();
      }).run(performance.now());
      return promise;
    });
    now.mockRestore();
    await Promise.all(all);
    expect(order).toEqual([1, 10, 10, 20, 30]);
  });

  test("uses one timer for a thousand streams", async () => {
    const real = globalThis.setTimeout;
    let timers = 0;
    globalThis.setTimeout = ((run: () => void, ms?: number) => {
      timers++;
      return real(run, ms);
    }) as typeof setTimeout;
    try {
      const pacer = new Pacer();
      const ends = Array.from({ length: 1000 }, () => {
        const { promise, resolve } = Promise.withResolvers<string>();
        const steps: Step[] = ["a", 5, "b", 5, "c", 5, "d"];
        new Playback(new TestLine(), steps[Symbol.iterator]() as Iterator<Step, void>, pacer, resolve).run(
          performance.now(),
        );
        return promise;
      });
      await Promise.all(ends);
      expect(timers).toBeLessThan(100);
    } finally {
      globalThis.setTimeout = real;
    }
  });

  test("wakes nobody after it was stopped", async () => {
    const { pacer, line } = playing(["a", 5, "b"]);
    pacer.stop();
    const later = playing(["x", 20, "y"]);
    await later.ended;
    expect(line.text).toBe("a");
  });
});
