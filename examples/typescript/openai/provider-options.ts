/** Who may serve it, and what it is filed under. */
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const request = {
  model: "anthropic/claude-sonnet-4",
  messages: [{ role: "user" as const, content: "Sensitive data..." }],
  providerOptions: {
    gateway: {
      order: ["vertex", "anthropic"],
      only: ["vertex", "anthropic"],
      zeroDataRetention: true,
      user: "user-123",
      tags: ["examples", "typescript"],
    },
  },
};
const response = await client.chat.completions.create(request);

/** What the gateway adds to OpenAI's message. */
interface Told {
  provider_metadata: { gateway: { routing: { finalProvider: string }; cost: string } };
}
const { gateway } = (response.choices[0]!.message as unknown as Told).provider_metadata;
console.log(`Served by: ${gateway.routing.finalProvider}`);
console.log(`Cost: ${gateway.cost}`);
console.log(`Generation: ${response.id}`);
