/** An answer as it is written. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway, streamText } from "ai7";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const { textStream } = streamText({ model: gateway("openai/gpt-5"), prompt: "Write a story" });

for await (const text of textStream) process.stdout.write(text);
console.log();
