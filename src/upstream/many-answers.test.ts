import { afterEach, expect, test } from "bun:test";
import { later, waitingMs } from "../clock/backlog.ts";
import type { Credential } from "./credentials.ts";
import { ask, credentialFor, Reader } from "./fixtures/exchange.ts";
import { chunk, LAST_CHUNK, type Line, type RawServer, STREAM_HEAD, startRawServer } from "./fixtures/raw-server.ts";

const ANSWERS = 60;
/** One that comes in a single read, and one that does not. */
const SIZES = [2000, 100_000];
/** What each costs to pass on, and how long the loop is held up as they come. */
const COSTS_MS = 1;
const HELD_UP_MS = 80;

let server: RawServer;
let credential: Credential;
afterEach(() => {
  credential.pool.close();
  server.stop();
});

function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

test("answers that come all at once to a loop that is late are read in several turns, each as it came, to its end", async () => {
  const lines: Line[] = [];
  server = startRawServer({
    answer(line) {
      line.send(STREAM_HEAD);
      lines.push(line);
    },
  });
  credential = credentialFor(`${server.url}/base/`);
  const texts = Array.from({ length: ANSWERS }, (_, i) => `${i} `.repeat(SIZES[i % 2]! / `${i} `.length));
  const answers = await Promise.all(texts.map((body) => ask(credential, { stream: true, body })));
  let turn = 0;
  const turns = new Set<number>();
  const heard: string[] = Array(ANSWERS).fill("");
  const readers = answers.map((answer, i) => {
    const reader = new Reader((bytes) => {
      heard[i] += bytes;
      turns.add(turn);
      spin(COSTS_MS);
    });
    answer.read(reader);
    return reader;
  });
  let over = false;
  let longest = 0;
  const next = () => {
    turn++;
    longest = Math.max(longest, waitingMs());
    if (!over) setImmediate(next);
  };
  for (const [i, line] of lines.entries()) line.send(chunk(texts[i]!) + LAST_CHUNK);
  spin(HELD_UP_MS);
  next();
  const ended = await Promise.all(readers.map(({ over }) => over));
  over = true;
  expect(ended.filter((error) => error !== undefined)).toEqual([]);
  expect([...heard].sort()).toEqual([...texts].sort());
  expect(turns.size).toBeGreaterThan(5);
  expect(longest).toBeGreaterThan(0);
  expect(waitingMs()).toBe(0);
  // Their connections are as good as before.
  const again = await Promise.all(texts.map((body) => ask(credential, { stream: true, body })));
  for (const answer of again) answer.close();
  expect(server.lines).toHaveLength(ANSWERS);
});

test("of an answer that has to wait its turn little is held, however long that takes and in however little pieces it comes", async () => {
  let line: Line | undefined;
  server = startRawServer({
    answer(asked) {
      line = asked;
      asked.send(STREAM_HEAD);
    },
  });
  credential = credentialFor(`${server.url}/base/`);
  const answer = await ask(credential, { stream: true });
  let [heard, held] = [0, 0];
  const reader = new Reader((bytes) => {
    // What it is told in one go was held.
    if (heard === 0) queueMicrotask(() => (held = heard));
    heard += bytes.length;
  });
  answer.read(reader);
  const piece = chunk("x".repeat(8000));
  // One each turn is before it, and in each turn some more comes.
  for (let n = 0; n < ANSWERS; n++) later({ catchUp: () => spin(6) });
  let sent = 0;
  const send = () => {
    line!.send(piece);
    sent += 8000;
    if (heard === 0) setImmediate(send);
    else line!.send(LAST_CHUNK);
  };
  send();
  expect(await reader.over).toBeUndefined();
  expect(sent).toBeGreaterThan(200_000);
  expect(heard).toBe(sent);
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThan(64_000);
});
