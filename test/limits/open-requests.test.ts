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

test("more requests than may be open are told to come again, at every door, and nobody is asked for them", async () => {
  gateway = await startGateway({ config: { limits: { open_requests: 2 } } });
  const leave = new AbortController();
  const open = [1, 2].map(() =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer test-key", "content-type": "application/json" },
      body: JSON.stringify(slow),
      signal: leave.signal,
    }).then((reply) => reply.text()),
  );
  while (gateway.headgate.listener.inFlight < 2 || gateway.simulator.requests.length < 2) await Bun.sleep(1);
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

  leave.abort();
  await Promise.allSettled(open);
  while (gateway.headgate.listener.inFlight > 0) await Bun.sleep(1);
  const after = await gateway.post("/v1/responses", { model: "openai/gpt-4o", input: "Hello" });
  expect(after.status).toBe(200);
  await after.text();
});
