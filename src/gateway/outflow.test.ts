import { afterEach, describe, expect, test } from "bun:test";
import { Deadline } from "../clock/deadline.ts";
import type { GatewayError } from "../core/error.ts";
import { Outflow } from "./outflow.ts";

const COMMENT = ": still here\n\n";
const HIGH_WATER = 16 * 1024;
/** How far off a heartbeat's idea of the time may be. */
const TICK_MS = 25;

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
}

/** No heartbeat that a slow test could run into. */
const NEVER = 3_600_000;

let open: Outflow[] = [];
afterEach(() => {
  for (const outflow of open) outflow.stop();
  open = [];
});

function start(heartbeatMs = NEVER, onCancel: () => void = () => {}): Outflow {
  const outflow = new Outflow(COMMENT, heartbeatMs, onCancel);
  open.push(outflow);
  return outflow;
}

/** Reads so many bytes, or up to the end. */
async function take(reader: Reader, bytes: number): Promise<string> {
  let text = "";
  while (text.length < bytes) {
    const { value } = await reader.read();
    if (value === undefined) break;
    text += Buffer.from(value).toString();
  }
  return text;
}

describe("what is written", () => {
  test("comes out as it went in, in order, and ends", async () => {
    const outflow = start();
    for (const piece of ["one ", "two ", "three"]) outflow.write(Buffer.from(piece));
    outflow.end(" end");
    expect(await new Response(outflow.body).text()).toBe("one two three end");
  });

  test("is there at once for a reader who waits", async () => {
    const outflow = start();
    const reader = outflow.body.getReader();
    const first = reader.read();
    outflow.write(Buffer.from("now"));
    expect(Buffer.from((await first).value!).toString()).toBe("now");
  });

  test("after the end is nothing, and does not throw", async () => {
    const outflow = start();
    outflow.end("all");
    expect(outflow.write(Buffer.from("more"))).toBe(true);
    outflow.end("again");
    expect(await new Response(outflow.body).text()).toBe("all");
  });

  test("after nobody reads any more is nothing", () => {
    const outflow = start();
    outflow.stop();
    expect(outflow.write(Buffer.alloc(HIGH_WATER * 4))).toBe(true);
    outflow.end("nor this");
  });
});

describe("a slow client", () => {
  test("is waited for by bytes: many small pieces are as much as one large", () => {
    for (const size of [256, 4096, HIGH_WATER]) {
      const outflow = start();
      let taken = 0;
      while (outflow.write(Buffer.alloc(size))) taken += size;
      expect(taken + size).toBe(HIGH_WATER);
    }
  });

  test("is told of by the answer to every write, however large", () => {
    const outflow = start();
    expect(outflow.write(Buffer.alloc(HIGH_WATER * 10))).toBe(false);
    expect(outflow.write(Buffer.alloc(1))).toBe(false);
  });

  test("that catches up is told once, and can be written to again", async () => {
    const outflow = start();
    let drains = 0;
    const drained = new Promise<void>((resolve) => {
      outflow.onDrain = () => {
        drains++;
        resolve();
      };
    });
    outflow.write(Buffer.alloc(HIGH_WATER));
    const reader = outflow.body.getReader();
    await take(reader, HIGH_WATER);
    await drained;
    expect(outflow.write(Buffer.from("more"))).toBe(true);
    await take(reader, 4);
    expect(drains).toBe(1);
  });

  test("that was never behind is not said to have caught up", async () => {
    const outflow = start();
    outflow.onDrain = () => {
      throw new Error("nobody was waiting");
    };
    const reader = outflow.body.getReader();
    for (let i = 0; i < 5; i++) {
      outflow.write(Buffer.from("piece"));
      await take(reader, 5);
    }
  });

  test("still gets its end, however far behind it is", async () => {
    const outflow = start();
    outflow.write(Buffer.alloc(HIGH_WATER * 2, "x"));
    outflow.end("end");
    const text = await new Response(outflow.body).text();
    expect(text.length).toBe(HIGH_WATER * 2 + 3);
    expect(text).toEndWith("xend");
  });
});

describe("a client that stalls", () => {
  function startStalling(afterMs: number): { outflow: Outflow; told: Promise<GatewayError>; said: GatewayError[] } {
    const said: GatewayError[] = [];
    const { promise: told, resolve } = Promise.withResolvers<GatewayError>();
    const client = {
      expel(reason: GatewayError) {
        said.push(reason);
        resolve(reason);
      },
    };
    const outflow = new Outflow(COMMENT, NEVER, () => {}, { afterMs, client });
    open.push(outflow);
    return { outflow, told, said };
  }

  /** Until deadlines of so many milliseconds have passed. */
  function passed(milliseconds: number): Promise<void> {
    return new Promise((resolve) => new Deadline(performance.now() + milliseconds, resolve));
  }

  test("is told of after so long, once, and gets nothing more", async () => {
    const { outflow, told, said } = startStalling(50);
    outflow.write(Buffer.alloc(HIGH_WATER));
    expect(outflow.write(Buffer.from("more"))).toBe(false);
    expect(await told).toMatchObject({ code: "client_closed", message: expect.stringContaining("50 ms") });
    expect(outflow.write(Buffer.alloc(HIGH_WATER))).toBe(true);
    outflow.end("end");
    await passed(100);
    expect(said).toHaveLength(1);
  });

  test("is told of before that where hundreds stall, if it was the first of them", async () => {
    const { outflow, told } = startStalling(NEVER);
    outflow.write(Buffer.alloc(HIGH_WATER));
    const later = Array.from({ length: 128 }, () => startStalling(NEVER));
    for (const { outflow } of later) outflow.write(Buffer.alloc(HIGH_WATER));
    expect(await told).toMatchObject({ code: "client_closed" });
    expect(outflow.write(Buffer.alloc(HIGH_WATER))).toBe(true);
    expect(later.flatMap(({ said }) => said)).toEqual([]);
  });

  test("is not told of where it takes something now and then", async () => {
    // Long for a machine that stalls, and all of it takes longer.
    const { outflow, said } = startStalling(1000);
    const reader = outflow.body.getReader();
    for (let i = 0; i < 6; i++) {
      outflow.write(Buffer.alloc(HIGH_WATER));
      await passed(200);
      await take(reader, HIGH_WATER);
    }
    expect(said).toEqual([]);
  });

  test("is not told of where there is nothing for it, nor behind the end", async () => {
    const idle = startStalling(50);
    idle.outflow.write(Buffer.from("little"));
    const over = startStalling(50);
    over.outflow.write(Buffer.alloc(HIGH_WATER));
    over.outflow.end("end");
    await passed(150);
    expect(idle.said).toEqual([]);
    expect(over.said).toEqual([]);
  });
});

describe("a heartbeat", () => {
  test("breaks a silence, says so once, and goes on", async () => {
    const outflow = start(10);
    const reader = outflow.body.getReader();
    expect(await outflow.silent).toBe("silent");
    expect(await take(reader, COMMENT.length * 3)).toBe(COMMENT.repeat(3));
  });

  test("waits for as long after every piece", async () => {
    for (;;) {
      const outflow = start(100);
      let silentAt: number | undefined;
      const silent = outflow.silent.then(() => {
        silentAt = performance.now();
      });
      const startedAt = performance.now();
      while (performance.now() - startedAt < 60) await new Promise((resolve) => setImmediate(resolve));
      // A machine that stood still for so long tells nothing.
      if (silentAt !== undefined) continue;
      const wroteAt = performance.now();
      outflow.write(Buffer.from("."));
      await silent;
      expect(silentAt! - wroteAt).toBeGreaterThan(100 - TICK_MS);
      return;
    }
  });

  test("is over with the reply, however it ended", async () => {
    const ended = start(10);
    ended.end("end");
    const left = start(10);
    await left.body.cancel();
    let beats = 0;
    for (const { silent } of [ended, left]) silent.then(() => beats++);
    // Set last and waiting as long: by its second comment the others would have had their first.
    const other = start(10);
    await take(other.body.getReader(), COMMENT.length * 2);
    expect(beats).toBe(0);
    expect(await new Response(ended.body).text()).toBe("end");
  });
});

describe("a client that leaves", () => {
  test("is told of once, and is sent nothing more", async () => {
    let left = 0;
    const outflow = start(NEVER, () => {
      left++;
    });
    const reader = outflow.body.getReader();
    outflow.write(Buffer.from("read"));
    await take(reader, 4);
    await reader.cancel();
    expect(left).toBe(1);
    expect(outflow.write(Buffer.from("unread"))).toBe(true);
    outflow.end("[DONE]");
    expect(left).toBe(1);
  });

  test("while it is behind, does not make anybody go on writing", async () => {
    const outflow = start();
    let drains = 0;
    outflow.onDrain = () => {
      drains++;
    };
    outflow.write(Buffer.alloc(HIGH_WATER * 2));
    await outflow.body.cancel();
    expect(drains).toBe(0);
  });

  test("after the end, has not left", async () => {
    let left = 0;
    const outflow = start(NEVER, () => {
      left++;
    });
    outflow.end("all");
    expect(await new Response(outflow.body).text()).toBe("all");
    expect(left).toBe(0);
  });
});

describe("of bytes", () => {
  function bytes(heartbeatMs = NEVER) {
    const said: GatewayError[] = [];
    const client = { expel: (reason: GatewayError) => void said.push(reason) };
    const kept: unknown[] = [];
    const generation = { transcript: { add: (piece: unknown) => void kept.push(piece) } };
    const outflow = new Outflow(undefined, heartbeatMs, () => {}, { afterMs: NEVER, client, generation });
    open.push(outflow);
    return { outflow, said, kept };
  }

  test("nothing is said between them, and they are not kept as words", async () => {
    const { outflow, kept } = bytes(1);
    const reader = outflow.body.getReader();
    await new Promise<void>((resolve) => new Deadline(performance.now() + 3 * TICK_MS, resolve));
    outflow.write(Buffer.from("sound"));
    expect(await take(reader, 5)).toBe("sound");
    outflow.end("");
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(kept).toEqual([]);
  });

  test("who fails breaks off without an end, once", async () => {
    const { outflow, said } = bytes();
    const reader = outflow.body.getReader();
    outflow.write(Buffer.from("sound"));
    outflow.fail("no words");
    outflow.fail("no words");
    expect(said).toMatchObject([{ code: "upstream_truncated" }]);
    expect(await take(reader, 5)).toBe("sound");
    const more = await Promise.race([reader.read(), new Promise((resolve) => setImmediate(() => resolve("nothing")))]);
    expect(more).toBe("nothing");
  });

  test("who fails among events says so, and ends", async () => {
    const outflow = start();
    outflow.fail("data: wrong\n\n");
    expect(await new Response(outflow.body).text()).toBe("data: wrong\n\n");
  });

  test("a client that is behind makes its provider wait all the same", () => {
    const { outflow } = bytes();
    expect(outflow.write(Buffer.alloc(HIGH_WATER - 1))).toBe(true);
    expect(outflow.write(Buffer.alloc(1))).toBe(false);
  });
});
