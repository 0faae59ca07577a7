import { expect, test } from "bun:test";
import { sized as answer, type Line, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { framesOf, streamOf } from "../faults/provider.ts";
import { refusalOf, speechOf } from "../faults/speech.ts";
import { sized, tell } from "../support/figures.ts";
import { jsonOf, startGateway } from "../support/gateway.ts";

const TENANTS = sized(20, 200);
const EACH = sized(10, 50);
const AT_ONCE = 40;
const TOKEN = "an-admin-token-of-the-operator";
const NONCE = /nonce-\d+-\d+-[0-9a-f]{8}/g;

/** Says again whatever it is asked, and again to whoever comes next: in answers, errors and what nobody asked for. */
function startEcho() {
  let earlier = "nonce-0-0-00000000";
  let asked = 0;
  const said = (words: string) =>
    speechOf("openai-chat", { words: [words, " ", words], usage: { input: 1, output: 1 } });
  const refuse = (line: Line, words: string) =>
    line.send(
      answer(
        refusalOf("openai-chat", { message: `Busy with ${words}.`, type: "overloaded" }),
        `HTTP/1.1 503 Busy\r\ncontent-type: application/json\r\nset-cookie: a=${words}\r\nx-request-id: ${words}`,
      ),
    );
  const server = startRawServer({
    answer(line, { body }) {
      const { stream, messages } = JSON.parse(body.toString());
      const words = JSON.stringify(messages).match(NONCE)?.[0] ?? "nobody";
      const before = earlier;
      earlier = words;
      const whole = stream === true ? streamOf(framesOf(said(words))) : answer(said(words).whole);
      switch (asked++ % 10) {
        case 0:
          return refuse(line, words);
        case 1:
          return line.reset();
        case 2:
          // Broken off in the middle.
          line.send(whole.slice(0, whole.length - 40));
          return line.reset();
        case 3:
          // What another asked for, behind the answer.
          line.send(whole);
          return line.send(answer(said(before).whole));
        default:
          return line.send(whole);
      }
    },
  });
  return server;
}

/** Sees to it that so many are under way at once. */
async function inTurns<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let one = rest.pop(); one !== undefined; one = rest.pop()) await act(one);
    }),
  );
}

test(`${TENANTS} tenants, ${EACH} requests each, of providers that break off, refuse and speak out of turn: nobody hears what is another's`, async () => {
  const echoes = [startEcho(), startEcho()];
  const providers = Object.fromEntries(
    echoes.map(({ url }, n) => [
      `echo-${n}`,
      { wire: "openai-chat", base_url: `${url}/v1`, api_key: `sk-${n}-0123456789`, models: [{ id: "lab/echo" }] },
    ]),
  );
  const gateway = await startGateway({ config: { admin_token: TOKEN, providers } });
  const ask = (path: string, key: string, body?: unknown, signal?: AbortSignal) =>
    fetch(gateway.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });

  const keys = await Promise.all(
    Array.from(
      { length: TENANTS },
      async (_, n) => (await jsonOf(await ask("/admin/keys", TOKEN, { name: `t${n}` }))).key,
    ),
  );
  const all = keys.flatMap((key, tenant) => Array.from({ length: EACH }, (_, n) => ({ key, tenant, n })));
  // Mixed, in the same way each time.
  all.sort((a, b) => ((a.tenant * 31 + a.n * 17) % 101) - ((b.tenant * 31 + b.n * 17) % 101));

  const foreign: string[] = [];
  const kept: string[] = [];
  const ids: { key: string; id: string }[] = [];
  let own = 0;
  await inTurns(all, async ({ key, tenant, n }) => {
    const nonce = `nonce-${tenant}-${n}-${crypto.randomUUID().slice(0, 8)}`;
    const messages = [{ role: "user", content: nonce }];
    const stream = n % 2 === 0;
    const leaves = n % 7 === 6;
    const [path, body] =
      n % 3 === 0
        ? ["/v1/messages", { model: "lab/echo", max_tokens: 50, messages, stream }]
        : n % 3 === 1
          ? ["/v1/responses", { model: "lab/echo", input: nonce, stream }]
          : ["/v1/chat/completions", { model: "lab/echo", messages, stream, user: nonce }];
    const control = new AbortController();
    try {
      const reply = await ask(path as string, key, body, control.signal);
      if (reply.headers.get("cache-control") !== "no-store") kept.push(path as string);
      ids.push({ key, id: reply.headers.get("x-request-id")! });
      let text = JSON.stringify([...reply.headers]);
      if (leaves) {
        const reader = reply.body!.getReader();
        text += Buffer.from((await reader.read()).value ?? []).toString();
        control.abort();
      } else text += await reply.text();
      const heard: readonly string[] = text.match(NONCE) ?? [];
      foreign.push(...heard.filter((one) => one !== nonce).map((one) => `${nonce} heard ${one}`));
      if (heard.includes(nonce)) own++;
    } catch (thrown) {
      if (!leaves) throw thrown;
    }
  });

  // What is kept of a request is its tenant's as well.
  const sample = ids.filter((_, n) => n % 5 === 0);
  let found = 0;
  for (const [n, { id, key }] of sample.entries()) {
    const other =
      sample[(n + 1) % sample.length]!.key === key
        ? keys.find((one: string) => one !== key)!
        : sample[(n + 1) % sample.length]!.key;
    expect([n, (await ask(`/v1/generation?id=${id}`, other)).status]).toEqual([n, 404]);
    if ((await ask(`/v1/generation?id=${id}`, key)).status === 200) found++;
  }

  await gateway.stop();
  for (const echo of echoes) echo.stop();
  tell({ row: "H14", what: "requests", value: all.length });
  tell({ row: "H14", what: "replies with their own words", value: own });
  tell({ row: "H14", what: "foreign words", value: foreign.length, atMost: 0 });
  expect(foreign).toEqual([]);
  expect(kept).toEqual([]);
  expect(own).toBeGreaterThan(all.length / 2);
  expect(found).toBeGreaterThan(sample.length / 2);
}, 300_000);
