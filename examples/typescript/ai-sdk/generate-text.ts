/** One answer. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway, generateText } from "ai7";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const { text, usage } = await generateText({
  model: gateway("anthropic/claude-sonnet-4"),
  prompt: "Hello, how are you?",
});

console.log(text);
console.log(`Tokens: ${usage.totalTokens}`);
