import { afterEach, beforeEach, expect, test } from "bun:test";
import { ask, made, TOKEN } from "../access/keys.ts";
import { headOf, talk } from "../bad-input/client.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Large bodies: each is small enough, and all together would be more than there is room for. */

const CHAT = "/v1/chat/completions";
const MEGABYTE = 1024 * 1024;

let gateway: RunningGateway;
/** Of another key than `post` asks by. */
let other: Record<string, string>;
beforeEach(async () => {
  const limits = { body_bytes: 2 * MEGABYTE, open_bytes: 4.25 * MEGABYTE };
  gateway = await startGateway({ config: { limits, admin_token: TOKEN } });
  other = await keyOf("other");
});
afterEach(() => gateway.stop());

/** @returns the field with a new key */
async function keyOf(name: string): Promise<Record<string, string>> {
  const { key } = await made(gateway, { name });
  return { authorization: `Bearer ${key}` };
}

/** A picture of so many bytes, and what is said of it. */
function picture(bytes: number, said: string, more: object = {}) {
  const url = `data:image/png;base64,${"A".repeat(bytes)}`;
  const content = [
    { type: "image_url", image_url: { url } },
    { type: "text", text: said },
  ];
  return { model: "openai/gpt-4o", messages: [{ role: "user", content }], ...more };
}

const LARGE = 1.5 * MEGABYTE;
const large = () => picture(LARGE, "[sim tokens=3 every=0]");

/** Streams that go on until they are left, each of which came with a large body. @returns leaves them */
async function held(count: number): Promise<() => Promise<void>> {
  const leaving = new AbortController();
  const body = JSON.stringify(picture(LARGE, "[sim tokens=3 every=60s]", { stream: true }));
  const all = Array.from({ length: count }, () =>
    fetch(gateway.url + CHAT, {
      method: "POST",
      headers: { authorization: "Bearer test-key", "content-type": "application/json" },
      body,
      signal: leaving.signal,
    }).then((reply) => reply.text()),
  );
  while (gateway.simulator.requests.length < count) await Bun.sleep(1);
  return async () => {
    leaving.abort();
    await Promise.allSettled(all);
    while (gateway.headgate.listener.inFlight > 0) await Bun.sleep(1);
  };
}

async function mustBeRefused(reply: Response, status = 503, code = "overloaded", why = "As many large bodies") {
  const { error } = await jsonOf(reply);
  const told = [reply.status, error.code, reply.headers.get("retry-after"), reply.headers.get("x-should-retry")];
  expect(told).toEqual([status, code, "1", null]);
  expect(error.message).toContain(why);
}

const mustBeTooMuchOfOne = (reply: Response) =>
  mustBeRefused(reply, 429, "rate_limit_exceeded", "As much of your large bodies");

/** A form with a file of so many bytes. */
function transcribed(bytes: number, headers: Record<string, string>): Promise<Response> {
  const form = new FormData();
  form.set("model", "openai/whisper-1");
  form.set("file", new File([new Uint8Array(bytes)], "a.mp3", { type: "audio/mpeg" }));
  return fetch(`${gateway.url}/v1/audio/transcriptions`, { method: "POST", headers, body: form });
}

test("those beyond are told to come again, at every kind of door, and nobody is asked for them; small ones are served", async () => {
  const leave = await held(2);
  await mustBeRefused(await gateway.post(CHAT, large(), other));
  await mustBeRefused(await transcribed(LARGE, other));
  expect(gateway.simulator.requests).toHaveLength(2);
  const small = await gateway.post(CHAT, picture(1000, "[sim tokens=3 every=0]"));
  expect([small.status, (await jsonOf(small)).object]).toEqual([200, "chat.completion"]);
  await leave();
  for (let n = 0; n < 5; n++) {
    const reply = await gateway.post(CHAT, large());
    expect(reply.status).toBe(200);
    await reply.arrayBuffer();
  }
});

test("what is promised and does not come takes no room; what comes is counted, also where nobody says how much it will be", async () => {
  const promised = headOf(`POST ${CHAT} HTTP/1.1`, `Content-Length: ${LARGE}`);
  const idle = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: Number(new URL(gateway.url).port),
        socket: { data() {} },
      });
      socket.write(`${promised}{`);
      return socket;
    }),
  );
  while (gateway.headgate.listener.inFlight < idle.length) await Bun.sleep(1);
  const leave = await held(2);

  // Refused in the middle of it, and heard although it went on sending: nothing of it is held from then on.
  const piece = " ".repeat(64 * 1024);
  const chunk = `${piece.length.toString(16)}\r\n${piece}\r\n`;
  const head = headOf(`POST ${CHAT} HTTP/1.1`, "Transfer-Encoding: chunked").replace(
    "Bearer test-key",
    other.authorization!,
  );
  const { text, statuses } = await talk(gateway, `${head + chunk.repeat(24)}0\r\n\r\n`);
  expect([statuses, text]).toEqual([[503], expect.stringContaining("As many large bodies")]);
  const half = await gateway.post(CHAT, picture(0.9 * MEGABYTE, "[sim tokens=3 every=0]"), other);
  expect(half.status).toBe(200);
  await half.arrayBuffer();
  for (const socket of idle) socket.end();
  await leave();
});

test("who leaves in the middle of a body, and who is refused for another reason, gives the room back", async () => {
  const promised = headOf(`POST ${CHAT} HTTP/1.1`, `Content-Length: ${LARGE}`);
  for (let n = 0; n < 6; n++) {
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(gateway.url).port),
      socket: { data() {} },
    });
    socket.write(promised + "x".repeat(LARGE / 2));
    while (gateway.headgate.listener.inFlight === 0) await Bun.sleep(1);
    socket.terminate();
    while (gateway.headgate.listener.inFlight > 0) await Bun.sleep(1);
    const refused = await gateway.post(CHAT, { ...large(), messages: 5 });
    expect(refused.status).toBe(400);
    await refused.arrayBuffer();
  }
  const leave = await held(2);
  await leave();
});

test("what is asked only for a preview, or in the playground, is of the same room, and gives it back", async () => {
  const PREVIEW = "/admin/preview";
  const PLAYGROUND = "/admin/playground/chat/completions";
  const leave = await held(2);
  for (const path of [PREVIEW, PLAYGROUND]) await mustBeRefused(await ask(gateway, "POST", path, large()));
  expect((await ask(gateway, "POST", PREVIEW, picture(1000, "x"))).status).toBe(200);
  await leave();
  for (let n = 0; n < 6; n++)
    for (const path of [PREVIEW, PLAYGROUND]) {
      const reply = await ask(gateway, "POST", path, large());
      expect(reply.status).toBe(200);
      await reply.arrayBuffer();
    }
});

test("no key takes all of it: what is over is a 429 at every kind of door, and others are served", async () => {
  const leave = await held(2);
  const own = { authorization: "Bearer test-key" };
  const half = () => picture(0.9 * MEGABYTE, "[sim tokens=3 every=0]");
  await mustBeTooMuchOfOne(await gateway.post(CHAT, half()));
  await mustBeTooMuchOfOne(await transcribed(0.9 * MEGABYTE, own));
  const counted = await gateway.post("/v1/messages/count_tokens", half());
  expect([counted.status, (await jsonOf(counted)).error.type]).toEqual([429, "rate_limit_error"]);
  // In the middle of it, where nobody says how much it will be.
  const piece = " ".repeat(64 * 1024);
  const chunk = `${piece.length.toString(16)}\r\n${piece}\r\n`;
  const head = headOf(`POST ${CHAT} HTTP/1.1`, "Transfer-Encoding: chunked");
  const { text, statuses } = await talk(gateway, `${head + chunk.repeat(14)}0\r\n\r\n`);
  expect([statuses, text]).toEqual([[429], expect.stringContaining("As much of your large bodies")]);
  expect(gateway.simulator.requests).toHaveLength(2);

  const served = [
    await gateway.post(CHAT, half(), other),
    await gateway.post("/v1/messages/count_tokens", half(), other),
    await transcribed(0.9 * MEGABYTE, other),
    await ask(gateway, "POST", "/admin/preview", half()),
    await gateway.post(CHAT, picture(1000, "[sim tokens=3 every=0]")),
  ];
  expect(served.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  for (const reply of served) await reply.arrayBuffer();
  await leave();
  const again = await gateway.post(CHAT, large());
  expect(again.status).toBe(200);
  await again.arrayBuffer();
});

test("one that is alone always fits", async () => {
  await gateway.stop();
  gateway = await startGateway({ config: { limits: { open_bytes: 1024 } } });
  const reply = await gateway.post(CHAT, large());
  expect(reply.status).toBe(200);
  await reply.arrayBuffer();
});
