import { afterAll, beforeAll, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

/** A messages body that is wrong in one place, whatever the place: refused in clear or served, and never a defect. */

// biome-ignore lint/suspicious/noExplicitAny: bodies that are wrong on purpose
type Loose = any;

const FULL = {
  model: "",
  max_tokens: 50,
  stream: false,
  system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } }],
  temperature: 0.5,
  top_p: 0.5,
  top_k: 3,
  stop_sequences: ["x"],
  tools: [
    { name: "f", description: "d", input_schema: { type: "object", properties: {} }, strict: false },
    { type: "web_search_20250305", name: "web_search" },
  ],
  tool_choice: { type: "auto", disable_parallel_tool_use: true },
  thinking: { type: "disabled" },
  output_config: {
    effort: "low",
    format: { type: "json_schema", schema: { type: "object", additionalProperties: false } },
  },
  metadata: { user_id: "u" },
  service_tier: "auto",
  models: [],
  tags: ["t"],
  providerOptions: { gateway: { tags: ["u"], strict: false }, anthropic: { topK: 2 } },
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "Look" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
        { type: "document", source: { type: "text", media_type: "text/plain", data: "d" }, title: "t", context: "c" },
        { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "r" }] },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "Hm.", signature: "hg1.x.e30" },
        { type: "redacted_thinking", data: "hg1.x.e30" },
        { type: "text", text: "Calling.", citations: [] },
        { type: "tool_use", id: "call_1", name: "f", input: { a: 1 } },
        { type: "server_tool_use", id: "s_1", name: "web_search", input: {} },
        { type: "web_search_tool_result", tool_use_id: "s_1", content: [] },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "call_1", is_error: false, content: [{ type: "text", text: "1" }] },
        { type: "text", text: "[sim every=0] And?" },
      ],
    },
  ],
};

const WRONG = [null, true, 7, -1, 0.5, "", "x", [], ["x"], [null], {}, { type: 7 }, { type: "unheard" }];

/** The body with every value, one after the other, replaced by every wrong one, and left out. */
function* mutants(value: Loose, rebuild: (changed: Loose) => Loose): Generator<Loose> {
  for (const wrong of WRONG) yield rebuild(wrong);
  if (typeof value !== "object" || value === null) return;
  for (const name of Object.keys(value)) {
    const put = (changed: Loose): Loose => {
      const copy: Loose = Array.isArray(value) ? [...value] : { ...value };
      copy[name] = changed;
      return rebuild(copy);
    };
    yield put(undefined);
    yield* mutants(value[name], put);
  }
}

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

test.each([
  ["relayed", "anthropic/claude-sonnet-4.5", "/v1/messages"],
  ["translated", "openai/gpt-4o", "/v1/messages"],
  ["counted", "openai/gpt-4o", "/v1/messages/count_tokens"],
])("%s", async (_, model, path) => {
  // What only Anthropic has, and what this model of OpenAI's does not do, would be refused for itself.
  const { effort: _effort, ...config } = FULL.output_config;
  const full = model.startsWith("anthropic") ? FULL : { ...FULL, tools: FULL.tools.slice(0, 1), output_config: config };
  const bodies = [...mutants({ ...full, model }, (body) => body)];
  expect(bodies.length).toBeGreaterThan(1000);
  const good = await gateway.post(path, { ...full, model });
  expect([good.status, good.status === 200 ? "" : await good.text()]).toEqual([200, ""]);
  let served = 0;
  const send = async (body: Loose) => {
    const reply = await gateway.post(path, JSON.stringify(body) ?? "");
    const told: Loose = await reply.text();
    const where = () => `${reply.status} ${told.slice(0, 300)} for ${JSON.stringify(body).slice(0, 3000)}`;
    if (body?.stream === true && reply.status === 200) return;
    const answer = JSON.parse(told);
    if (reply.status === 200) served++;
    else {
      if (![400, 404, 422].includes(reply.status)) throw new Error(where());
      expect(answer.type).toBe("error");
      expect(answer.error.code).not.toBe("internal_error");
    }
  };
  for (let at = 0; at < bodies.length; at += 50) await Promise.all(bodies.slice(at, at + 50).map(send));
  // Much of it is the provider's business, and some of it nobody minds.
  expect(served).toBeGreaterThan(100);
  expect(served).toBeLessThan(bodies.length);
});
