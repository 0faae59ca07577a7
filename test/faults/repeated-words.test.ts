import { afterEach, expect, test } from "bun:test";
import { type RawServer, sized, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const MODEL = "lab/model";

let provider: RawServer;
let gateway: RunningGateway;
afterEach(async () => {
  await gateway.stop();
  provider.stop();
});

/** A provider that refuses an effort it does not know, and says what it was. */
function refuse(body: { reasoning_effort?: string }): string {
  const message = `Invalid value: '${body.reasoning_effort}'. Supported values are: 'low', 'medium', and 'high'.`;
  const error = { message, type: "invalid_request_error", param: "reasoning_effort", code: "invalid_value" };
  return sized(JSON.stringify({ error }), "HTTP/1.1 400 No\r\ncontent-type: application/json");
}

test("whose words a provider repeats cannot have its account left alone for all the others", async () => {
  provider = startRawServer({ answer: (line, { body }) => line.send(refuse(JSON.parse(body.toString()))) });
  const lab = {
    wire: "openai-chat",
    api_key: "sk-test",
    base_url: provider.url,
    models: [{ id: MODEL, upstream: "model" }],
  };
  gateway = await startGateway({ remembers: true, config: { providers: { lab } } });
  const messages = [{ role: "user", content: "Hello" }];
  for (const effort of ["insufficient_quota", "your credit balance is too low"]) {
    const response = await gateway.post("/v1/chat/completions", { model: MODEL, messages, reasoning_effort: effort });
    const { error } = await jsonOf(response);
    expect([response.status, error.code]).toEqual([400, "upstream_invalid_request"]);
    expect(error.message).toContain(effort);
  }
  const { data } = await jsonOf(await gateway.get(`/v1/models/${MODEL}/endpoints`));
  expect(data.endpoints[0].circuit).toBe("closed");
});
