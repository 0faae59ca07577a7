/**
 * A provider dies in mid-demo, and nobody notices who does not look: `node bin/bun.mjs examples/fallbacks.ts`.
 * Two providers of one model, `near` and `far`, and a gateway in front of them, all in this process.
 */
import { checkConfig, createGateway } from "../src/index.ts";

/** The little that a provider of OpenAI's format has to say. */
function startProvider(name: string) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      Response.json({
        id: "chatcmpl-1",
        object: "chat.completion",
        created: Math.floor(Date.now() / 1000),
        model: "parrot",
        choices: [{ index: 0, message: { role: "assistant", content: `Hello from ${name}.` }, finish_reason: "stop" }],
        usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
      }),
  });
}

const near = startProvider("near");
const far = startProvider("far");
const provider = ({ port }: typeof near) => ({
  wire: "openai-chat",
  base_url: `http://127.0.0.1:${port}/v1`,
  api_key: "none",
  models: [{ id: "demo/parrot", price: { input: 1, output: 2 } }],
});

const headgate = await createGateway({
  config: checkConfig({ data: ":memory:", providers: { near: provider(near), far: provider(far) } }, "this example"),
  env: { AI_GATEWAY_API_KEY: "demo-key" },
});
const gateway = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, server) => headgate.fetch(request, server),
});
const headers = { authorization: "Bearer demo-key", "content-type": "application/json" };

/** Asks once, and prints the answer and the way it took. */
async function ask(): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify({
      model: "demo/parrot",
      messages: [{ role: "user", content: "Who is there?" }],
      providerOptions: { gateway: { order: ["near", "far"] } },
    }),
  });
  const { choices } = (await response.json()) as { choices: [{ message: Message }] };
  const { content, provider_metadata } = choices[0].message;
  console.log(`${response.status}  ${content}`);
  for (const { providerAttempts } of provider_metadata.gateway.routing.modelAttempts)
    for (const { provider, success, startTime, endTime, error } of providerAttempts)
      console.log(`     ${provider}: ${success ? "answered" : error} (${Math.round(endTime - startTime)} ms)`);
}

/** What this example reads of a message. */
interface Message {
  content: string;
  provider_metadata: { gateway: { routing: { modelAttempts: { providerAttempts: Tried[] }[] } } };
}

interface Tried {
  provider: string;
  success: boolean;
  startTime: number;
  endTime: number;
  error?: string;
}

/** How often each of them answered of late. */
async function uptimes(): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/models/demo/parrot/endpoints`, { headers });
  const { data } = (await response.json()) as { data: { endpoints: Measured[] } };
  for (const { provider_name, uptime_last_15m } of data.endpoints)
    console.log(`     ${provider_name}: up ${uptime_last_15m} % of the time`);
}

interface Measured {
  provider_name: string;
  uptime_last_15m: number;
}

console.log("Both are well.");
await ask();

console.log("\nThe near one dies. The reply says what was tried; the client sees an answer.");
await near.stop(true);
await ask();

console.log("\nIt goes on failing, and soon it is asked last.");
for (let i = 0; i < 4; i++) await ask();
await ask();
await uptimes();

await gateway.stop(true);
await headgate.close();
await far.stop(true);
