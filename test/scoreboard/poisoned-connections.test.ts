import { expect, test } from "bun:test";
import { sized as answer, type Line, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { speechOf } from "../faults/speech.ts";
import { sized, tell } from "../support/figures.ts";
import { jsonOf, startGateway } from "../support/gateway.ts";

const COUNT = sized(12, 1000);
const BUSY_MS = 60;

/** Keeps this process from looking at any socket. */
function busy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

test(`an answer that nobody asked for, on an idle connection, while we look elsewhere for ${BUSY_MS} ms: ${COUNT} times, nobody is told it`, async () => {
  let line: Line | undefined;
  const said = (words: string) => speechOf("openai-chat", { words: [words], usage: { input: 1, output: 1 } }).whole;
  const server = startRawServer({
    answer(on, { body }) {
      line = on;
      on.send(answer(said(JSON.parse(body.toString()).messages[0].content)));
    },
  });
  const provider = { wire: "openai-chat", base_url: `${server.url}/v1`, api_key: "sk-1", models: [{ id: "lab/evil" }] };
  const gateway = await startGateway({ config: { providers: { evil: provider } } });
  const ask = async (content: string) =>
    jsonOf(await gateway.post("/v1/chat/completions", { model: "lab/evil", messages: [{ role: "user", content }] }));
  let poisoned = 0;
  for (let i = 0; i < COUNT; i++) {
    expect((await ask(`first-${i}`)).choices[0].message.content).toBe(`first-${i}`);
    // The next request and what nobody asked for come while the loop is busy: which of them it sees first is not ours to say.
    const next = ask(`next-${i}`);
    line!.send(answer(said("poison")));
    busy(BUSY_MS);
    const heard = (await next).choices?.[0].message.content;
    if (heard !== `next-${i}`) poisoned++;
  }
  await gateway.stop();
  server.stop();
  tell({ row: "U8", what: "rounds", value: COUNT });
  tell({ row: "U8", what: "poisoned", value: poisoned, atMost: 0 });
  expect(poisoned).toBe(0);
}, 200_000);
