/** Enough of it: what has come by then is kept, and nothing more is paid for. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway, streamText } from "ai7";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const enough = new AbortController();
const { textStream } = streamText({
  model: gateway("anthropic/claude-sonnet-4"),
  prompt: process.argv[2] ?? "Write a story",
  abortSignal: enough.signal,
});

let pieces = 0;
for await (const text of textStream) {
  process.stdout.write(text);
  if (++pieces === 5) enough.abort();
}
console.log("\nAborted");
