import { describe, expect, test } from "bun:test";
import type { ByteText } from "../../src/core/byte-text.ts";
import { AwsEventStream } from "../../src/wires/aws-event-stream.ts";
import { awsEvent, awsFrame } from "../../src/wires/fixtures/aws-frame.ts";
import { cutBy } from "../../src/wires/fixtures/cuts.ts";
import { WRITTEN_WIRES } from "../../src/wires/index.ts";
import { FRAME_CAP, FrameSplitter } from "../../src/wires/sse.ts";
import { waysOf } from "./ways.ts";

/** Characters that are looked at, searched through or copied while this runs: work that no busy machine changes. */
function workOf(run: () => void): number {
  const { charCodeAt, indexOf, includes, slice } = String.prototype;
  const { join } = Array.prototype;
  let work = 0;
  const found = (text: string, at: number, from = 0) => {
    work += at < 0 ? text.length - from : at - from + 1;
    return at;
  };
  Object.assign(String.prototype, {
    charCodeAt(this: string, at: number) {
      work++;
      return charCodeAt.call(this, at);
    },
    indexOf(this: string, needle: string, from?: number) {
      return found(this, indexOf.call(this, needle, from), from);
    },
    includes(this: string, needle: string) {
      return found(this, indexOf.call(this, needle)) >= 0;
    },
    slice(this: string, from?: number, to?: number) {
      const piece = slice.call(this, from, to);
      work += piece.length;
      return piece;
    },
  });
  Array.prototype.join = function (this: unknown[], by?: string) {
    const joined = join.call(this, by);
    work += joined.length;
    return joined;
  };
  try {
    run();
  } finally {
    Object.assign(String.prototype, { charCodeAt, indexOf, includes, slice });
    Array.prototype.join = join;
  }
  return work;
}

const SSE: Readonly<Record<string, (size: number) => string>> = {
  "one line": (size) => `data: ${"x".repeat(size)}`,
  "many lines": (size) => "data: xxxxx\n".repeat(size / 12),
  "lines that end in CRLF": (size) => "data: xxxx\r\n".repeat(size / 12),
  "lines that end in CR": (size) => "data: xxxxx\r".repeat(size / 12),
};

describe.each([1, 2, 17, 4096])("an event in pieces of %d", (piece) => {
  test.each(Object.entries(SSE))("costs as much as it is long: %s", (_, event) => {
    const read = (size: number) => {
      const pieces = cutBy(`${event(size)}\n\n`, [piece]);
      return workOf(() => {
        const splitter = new FrameSplitter();
        for (const text of pieces) splitter.push(text);
      });
    };
    const [once, twice] = [read(12_000), read(24_000)];
    expect(once).toBeGreaterThan(12_000);
    expect(twice / once).toBeLessThan(2.3);
  });

  test("costs as much as it is long: binary framing", () => {
    const read = (size: number) => {
      const pieces = cutBy(awsFrame({ ":message-type": "event" }, "x".repeat(size)), [piece]);
      return workOf(() => {
        const stream = new AwsEventStream();
        for (const bytes of pieces) for (const _ of stream.push(bytes));
      });
    };
    const [once, twice] = [read(12_000), read(24_000)];
    expect(once).toBeGreaterThan(12_000);
    expect(twice / once).toBeLessThan(2.3);
  });
});

describe("an event of 25 MB that does not end", () => {
  const SIZE = 25 * 1024 * 1024;
  const PIECE = 65_536;
  const ways = WRITTEN_WIRES.filter(({ outbound }) => outbound !== undefined).flatMap((wire) =>
    waysOf(wire).map((way) => [`${wire.name}, ${way.name}`, wire, way] as const),
  );

  test.each(ways)("is refused at the cap: %s", (_, wire, { run }) => {
    const binary = wire.outbound!.framing !== undefined;
    let taken = 0;
    function* endless(): Generator<ByteText> {
      yield binary ? awsEvent("messageStart", { role: "assistant" }) : ": hello\n\n";
      for (; taken < SIZE; taken += PIECE) yield (taken === 0 ? start : "").padEnd(PIECE, "x");
    }
    // The prelude of a binary frame says how long it is; behind a damaged one nothing would be believed.
    const start = binary ? awsFrame({}, "x".repeat(SIZE)).slice(0, 12) : 'data: {"x":"';
    let told = "";
    const work = workOf(() => {
      told = run(endless());
    });
    expect(taken).toBeLessThanOrEqual(binary ? 0 : FRAME_CAP);
    expect(work).toBeLessThan(10 * FRAME_CAP);
    expect(told).toContain(`more than ${FRAME_CAP} bytes`);
    expect(told).toContain('"code":"upstream_malformed"');
  });
});
