import { afterEach, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

const DOORS = {
  "/v1/chat/completions": { messages: [{ role: "user", content: "Hello" }] },
  "/v1/messages": { max_tokens: 10, messages: [{ role: "user", content: "Hello" }] },
  "/v1/responses": { input: "Hello" },
};
const slow = {
  model: "openai/gpt-4o",
  stream: true,
  messages: [{ role: "user", content: "[sim tokens=3 every=60s]" }],
};

let gateway: RunningGateway;
afterEach(() => gateway.stop());

/** Streams that go on until all are left. */
function openStreams(count: number): { leave(): Promise<void>; asked: Promise<void> } {
  const leaving = new AbortController();
  const all = Array.from({ length: count }, () =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer test-key", "content-type": "application/json" },
      body: JSON.stringify(slow),
      signal: leaving.signal,
    }).then((reply) => reply.text()),
  );
  const asked = async () => {
    while (gateway.headgate.listener.inFlight < count || gateway.simulator.requests.length < count) await Bun.sleep(1);
  };
  return {
    asked: asked(),
    async leave() {
      leaving.abort();
      await Promise.allSettled(all);
      while (gateway.headgate.listener.inFlight > 0) await Bun.sleep(1);
    },
  };
}

test("more requests than may be open are told to come again, at every door, and nobody is asked for them", async () => {
  gateway = await startGateway({ config: { limits: { open_requests: 2 } } });
  const open = openStreams(2);
  await open.asked;
  for (const [path, ask] of Object.entries(DOORS)) {
    const reply = await gateway.post(path, { model: "openai/gpt-4o", ...ask });
    const { error } = (await reply.json()) as { error: { type: string; message: string } };
    expect([reply.status, reply.headers.get("retry-after"), reply.headers.get("x-should-retry")]).toEqual([
      503,
      "1",
      null,
    ]);
    expect(error.message).toContain("As many requests are open");
  }
  expect(gateway.simulator.requests).toHaveLength(2);
  // Who asks how it is, is told.
  expect((await gateway.get("/readyz")).status).toBe(200);
  expect(await (await gateway.get("/metrics")).text()).toContain("overloaded");

  await open.leave();
  const after = await gateway.post("/v1/responses", { model: "openai/gpt-4o", input: "Hello" });
  expect(after.status).toBe(200);
  await after.text();
});

test("more requests from one address than it may have open are told to wait", async () => {
  gateway = await startGateway({ config: { limits: { open_per_address: 3 } } });
  const open = openStreams(3);
  await open.asked;
  const reply = await gateway.post("/v1/chat/completions", { ...slow, stream: false });
  expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await reply.text()).toContain("3 requests of your address are open");
  expect(gateway.simulator.requests).toHaveLength(3);
  await open.leave();
  // As often as one likes, one after the other.
  for (let i = 0; i < 5; i++) {
    const after = await gateway.post("/v1/responses", { model: "openai/gpt-4o", input: "Hello" });
    expect(after.status).toBe(200);
    await after.text();
  }
});
