/** An answer in a shape of one's own. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway, generateText, Output } from "ai7";
import { z } from "zod";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const { output } = await generateText({
  model: gateway("anthropic/claude-sonnet-4.5"),
  prompt: "Alice and Bob go to the science fair.",
  output: Output.object({ schema: z.object({ name: z.string(), guests: z.array(z.string()) }) }),
});

console.log(`${output.name}: ${output.guests.length} guests`);
