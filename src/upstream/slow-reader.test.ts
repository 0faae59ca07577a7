import { afterEach, describe, expect, test } from "bun:test";
import type { Answer } from "./answer.ts";
import type { Credential } from "./credentials.ts";
import { ask, credentialFor, Reader, settled } from "./fixtures/exchange.ts";
import { chunk, LAST_CHUNK, type Line, type RawServer, STREAM_HEAD, startRawServer } from "./fixtures/raw-server.ts";

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
/** More than a connection reads at a time, less than the kernel keeps for who does not read. */
const SIZE = 300_000;
/** Most that a reader hears after it has said that it is behind. */
const PIECE = 16 * 1024;

/** Every byte of it tells its place. */
const TEXT = Array.from({ length: SIZE / 10 }, (_, i) => `${i}`.padStart(9, "0"))
  .join("\n")
  .padEnd(SIZE, "\n");
const CHUNKS = TEXT.match(/[\s\S]{1,5000}/g)!
  .map(chunk)
  .join("");

let server: RawServer;
let credential: Credential;
afterEach(() => {
  credential.pool.close();
  server.stop();
});

/** A server that answers so. */
function start(answer: string | ((line: Line) => void)): void {
  server = startRawServer({
    answer: (line) => (typeof answer === "string" ? line.send(answer) : answer(line)),
  });
  credential = credentialFor(`${server.url}/base/`);
}

/** A reader that says that it is behind at every piece. */
async function slow(): Promise<{ answer: Answer; reader: Reader; text: () => string }> {
  const answer = await ask(credential, { stream: true });
  let heard = "";
  const reader = new Reader((bytes) => {
    heard += bytes;
    answer.pause();
  });
  answer.read(reader);
  return { answer, reader, text: () => heard };
}

/** Lets it catch up as often as it takes. @returns how it ended */
async function readOn({ answer, reader }: Awaited<ReturnType<typeof slow>>) {
  let over = false;
  const ended = reader.over.then((error) => {
    over = true;
    return error;
  });
  while (!over) {
    answer.resume();
    await settled(1);
  }
  return ended;
}

const FRAMINGS: Record<string, string> = {
  "in chunks": `${HEAD}transfer-encoding: chunked\r\n\r\n${CHUNKS}${LAST_CHUNK}`,
  "of a length": `${HEAD}content-length: ${SIZE}\r\n\r\n${TEXT}`,
};

describe("a reader that falls behind", () => {
  for (const [framing, answer] of Object.entries(FRAMINGS)) {
    test(`is told no more than a piece, and all of it piece by piece: an answer ${framing}`, async () => {
      start(answer);
      const one = await slow();
      await one.reader.until(() => one.reader.size > 0);
      await server.lines[0]!.until(() => server.lines[0]!.sent === answer.length);
      await settled();
      let heard = one.reader.size;
      while (one.reader.size < SIZE) {
        const { size } = one.reader;
        expect(size).toBeLessThanOrEqual(heard + PIECE);
        heard = size;
        one.answer.resume();
        await settled();
      }
      expect(await readOn(one)).toBeUndefined();
      expect(one.text()).toBe(TEXT);
    });
  }

  test("gets what came before the connection closed, and then the end", async () => {
    start((line) => {
      line.send(`${HEAD}\r\n${TEXT}`);
      line.fin();
    });
    const one = await slow();
    await one.reader.until(() => one.reader.size > 0);
    await settled();
    expect(await readOn(one)).toBeUndefined();
    expect(one.text()).toBe(TEXT);
    expect(credential.pool.size).toBe(0);
  });

  test("gets what came before the connection broke, and then hears of it", async () => {
    start(`${STREAM_HEAD}${CHUNKS}`);
    const one = await slow();
    await one.reader.until(() => one.reader.size > 0);
    const [line] = server.lines;
    await line!.until(() => line!.sent === STREAM_HEAD.length + CHUNKS.length);
    while (one.reader.size < SIZE / 3) {
      one.answer.resume();
      await settled(1);
    }
    line!.reset();
    expect(await readOn(one)).toMatchObject({ code: "upstream_truncated" });
    expect(TEXT.startsWith(one.text())).toBe(true);
    expect(one.reader.size).toBeGreaterThanOrEqual(SIZE / 3);
    expect(credential.pool.size).toBe(0);
  });

  test("to the last leaves a connection that carries the next answer", async () => {
    start(STREAM_HEAD);
    for (let i = 0; i < 3; i++) {
      const one = await slow();
      server.lines[0]!.send(chunk("data: x\n\n") + LAST_CHUNK);
      expect(await one.reader.over).toBeUndefined();
      expect(one.text()).toBe("data: x\n\n");
    }
    expect(server.lines).toHaveLength(1);
  });

  test("and leaves, leaves nothing behind", async () => {
    start(FRAMINGS["in chunks"]!);
    const one = await slow();
    await one.reader.until(() => one.reader.size > 0);
    one.answer.close();
    one.answer.resume();
    const { size } = one.reader;
    await server.lines[0]!.ended;
    await settled();
    expect(one.reader.size).toBe(size);
    expect(credential.pool.size).toBe(0);
  });

  test("and has heard all it wanted, leaves a connection that can be kept", async () => {
    start(FRAMINGS["in chunks"]!);
    const one = await slow();
    await one.reader.until(() => one.reader.size > 0);
    one.answer.release();
    const again = await slow();
    expect(await readOn(again)).toBeUndefined();
    expect(again.text()).toBe(TEXT);
  });
});
