/** Other models where the first one fails, who may serve them, and what it is filed under. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway, generateText } from "ai7";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const { providerMetadata } = await generateText({
  model: gateway("openai/gpt-5"),
  prompt: "Hello",
  providerOptions: {
    gateway: {
      models: ["openai/gpt-5-mini", "anthropic/claude-sonnet-4"],
      user: "user-123",
      tags: ["examples", "typescript"],
    },
  },
});

/** What the gateway tells of a request. */
interface Told {
  routing: { finalProvider: string; modelAttempts: { canonicalSlug: string; success: boolean }[] };
  cost: string;
  generationId: string;
}
const { routing, cost, generationId } = providerMetadata!.gateway as unknown as Told;
console.log(`Model used: ${routing.modelAttempts.find(({ success }) => success)?.canonicalSlug}`);
console.log(`Served by: ${routing.finalProvider}`);
console.log(`Cost: ${cost}`);
console.log(`Generation: ${generationId}`);
