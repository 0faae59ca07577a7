import { expect } from "bun:test";
import { KEY, type RunningGateway } from "../support/gateway.ts";

export const CHAT = "/v1/chat/completions";
export const EMBEDDINGS = "/v1/embeddings";

/** A request that would be answered, for each door that takes a body. */
export const GOOD = {
  [CHAT]: { model: "openai/gpt-4o", messages: [{ role: "user", content: "Hello" }] },
  [EMBEDDINGS]: { model: "openai/text-embedding-3-small", input: "Hello" },
} as const;

export type Path = keyof typeof GOOD;
export const PATHS = Object.keys(GOOD) as Path[];

interface Refusal {
  status?: number | readonly number[];
  code?: string;
  param?: string;
}

/**
 * The reply refuses in the shape that the official SDKs read, nothing went to a provider, and no row was written.
 * @returns the message
 */
export async function mustBeRefused(gateway: RunningGateway, reply: Response, expected: Refusal = {}): Promise<string> {
  const text = await reply.text();
  const told = `${reply.status} ${text.slice(0, 300)}`;
  expect(reply.status, told).toBeGreaterThanOrEqual(400);
  expect(reply.status, told).toBeLessThan(500);
  if (expected.status !== undefined) expect([expected.status].flat(), told).toContain(reply.status);
  expect(reply.headers.get("content-type")).toBe("application/json");
  const { error, generationId, ...rest } = JSON.parse(text);
  expect(rest).toEqual({});
  expect(generationId).toBe(reply.headers.get("x-request-id"));
  expect(generationId).toMatch(/^gen_/);
  const { message, type, code, param, ...more } = error;
  expect(more, told).toEqual({});
  expect(message, told).toBeString();
  expect(message.length, told).toBeGreaterThan(10);
  expect(message.length, told).toBeLessThanOrEqual(4000);
  expect(type, told).toBeString();
  expect(code, told).toMatch(/^[a-z_]+$/);
  if (expected.code !== undefined) expect(code, told).toBe(expected.code);
  if (expected.param !== undefined) {
    expect(param, told).toBe(expected.param);
    expect(message.toLowerCase(), told).toContain(JSON.stringify(expected.param.toLowerCase()).slice(1, -1));
  }
  expect(gateway.simulator.requests, told).toHaveLength(0);
  expect(gateway.row(generationId), told).toBeUndefined();
  return message;
}

/** Until nothing is in flight and every row is written, also of requests whose client heard nothing. */
export async function quiet({ headgate }: RunningGateway): Promise<void> {
  while (headgate.listener.inFlight > 0 || headgate.gateway.ledger.lag > 0) await Bun.sleep(1);
}

/** A good request is answered, by one provider and with one row: whatever came before has left no mark. */
export async function mustStillServe(gateway: RunningGateway): Promise<void> {
  const { generations } = gateway.headgate.gateway;
  await quiet(gateway);
  for (const path of PATHS) {
    const rows = await generations.count();
    gateway.simulator.forget();
    const reply = await gateway.post(path, GOOD[path]);
    expect(reply.status).toBe(200);
    await reply.bytes();
    expect(gateway.simulator.requests).toHaveLength(1);
    expect(await generations.count()).toBe(rows + 1);
  }
  gateway.simulator.forget();
  expect(gateway.headgate.listener.inFlight).toBe(0);
  expect(gateway.complaints).toEqual([]);
}

/** The head of a request with the key, and what else is told. */
export function headOf(line: string, ...fields: string[]): string {
  return [
    line,
    "Host: gateway",
    `Authorization: Bearer ${KEY}`,
    "Content-Type: application/json",
    ...fields,
    "",
    "",
  ].join("\r\n");
}

export interface Heard {
  /** Everything that came, one character a byte. */
  readonly text: string;
  /** Status codes in order, without interim ones and without that of the question at the end. */
  readonly statuses: readonly number[];
  /** The gateway closed the connection, rather than answer one question more. */
  readonly closed: boolean;
}

/** Asked on the same connection once there is an answer: its own answer comes behind all that was taken for requests. */
const LAST_QUESTION = "GET /readyz HTTP/1.1\r\nHost: gateway\r\n\r\n";
const LAST_ANSWER = '{"status":"ready"}';

/** Sends bytes as they are, one character a byte, and hears how often that is answered. */
export async function talk(gateway: RunningGateway, bytes: string): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  let text = "";
  let asked = false;
  let unsent = Buffer.from(bytes, "latin1");
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    socket: {
      data(socket, piece) {
        text += piece.toString("latin1");
        if (text.endsWith(LAST_ANSWER)) resolve(false);
        else if (!asked && answersIn(text) > 0) {
          asked = true;
          socket.write(LAST_QUESTION);
        }
      },
      drain: (socket) => send(socket),
      close: () => resolve(true),
      error: (_, error) => reject(error),
    },
  });
  function send(to: { write(bytes: Buffer): number }): void {
    if (unsent.length > 0) unsent = unsent.subarray(Math.max(0, to.write(unsent)));
  }
  send(socket);
  const closed = await promise;
  socket.end();
  const statuses = [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d)/g)].map(([, status]) => Number(status));
  if (!closed) statuses.pop();
  return { text, statuses, closed };
}

/** Whole answers at the beginning of the text. */
function answersIn(text: string): number {
  let count = 0;
  let rest = text;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return count;
    const head = rest.slice(0, end);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (rest.length < end + 4 + length) return count;
    if (!/^HTTP\/1\.1 1/.test(head)) count++;
    rest = rest.slice(end + 4 + length);
  }
}
