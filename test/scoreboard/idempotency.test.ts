import { afterAll, beforeAll, expect, test } from "bun:test";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { type LedgerWatch, watchLedger } from "../faults/ledger.ts";
import { sized, tell } from "../support/figures.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

const NAMES = sized(60, 1000);
const AT_ONCE = 20;
const SEED = 7_001;
const PATH = "/v1/chat/completions";

let gateway: RunningGateway;
let ledger: LedgerWatch;
beforeAll(async () => {
  gateway = await startGateway();
  ledger = watchLedger(gateway);
});
afterAll(() => gateway.stop());

const bodyOf = (name: string) => ({
  model: "openai/gpt-4o",
  messages: [{ role: "user", content: `[sim tokens=3 delay=20ms every=0] ${name}` }],
});

/** One request on a socket of its own. @returns its status; `dropped`: nothing more is read when the first byte of a 200 is there */
function send(name: string, drops: boolean): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const body = JSON.stringify(bodyOf(name));
  let text = "";
  Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    socket: {
      open(socket) {
        const fields = `host: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\nidempotency-key: ${name}`;
        socket.write(
          `POST ${PATH} HTTP/1.1\r\n${fields}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        );
      },
      data(socket, bytes) {
        text += bytes.toString("latin1");
        const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
        // The answer is lost on its way, after its row was written.
        if (!drops || status !== 200) return;
        socket.terminate();
        resolve(status);
      },
      close: () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])),
      connectError: (_, error) => reject(error),
      error: (_, error) => reject(error),
    },
  });
  return promise;
}

test(`${NAMES} names, each sent three times at once, a third of the answers lost: each is asked and paid for once (seed ${SEED})`, async () => {
  const random = chance(SEED);
  const names = Array.from({ length: NAMES }, (_, i) => `m7-${i}`);
  let dropped = 0;
  for (let i = 0; i < NAMES; i += AT_ONCE) {
    const some = names.slice(i, i + AT_ONCE);
    const statuses = await Promise.all(
      some.map((name) => {
        const drops = random() < 1 / 3;
        if (drops) dropped++;
        return Promise.all([send(name, drops), send(name, drops), send(name, drops)]);
      }),
    );
    for (const three of statuses) expect(three.sort()).toEqual([200, 409, 409]);
  }
  // Whoever lost an answer asks again.
  for (const name of names) {
    const headers = { "idempotency-key": name };
    const again = await gateway.post(PATH, bodyOf(name), headers);
    expect([again.status, (await jsonOf(again)).error.code]).toEqual([409, "idempotency_repeated"]);
    const other = await gateway.post(PATH, bodyOf(`${name} other`), headers);
    expect([other.status, (await jsonOf(other)).error.code]).toEqual([422, "idempotency_mismatch"]);
  }
  await ledger.at(NAMES - 1);
  expect(dropped).toBeGreaterThan(NAMES / 5);
  expect(gateway.simulator.requests).toHaveLength(NAMES);
  expect(ledger.rows).toHaveLength(NAMES);
  expect(ledger.rows.filter(({ error }) => error !== null)).toEqual([]);
  tell({ row: "M7", what: "providers were asked", value: gateway.simulator.requests.length, atMost: NAMES });
});
