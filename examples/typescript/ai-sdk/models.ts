/** What can be asked for, at what price. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway } from "ai7";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const { models } = await gateway.getAvailableModels();
const sonnet = models.find(({ id }) => id === "anthropic/claude-sonnet-4");

console.log(`${models.length} models`);
console.log(`${sonnet?.name}: $${sonnet?.pricing?.input} per token`);
