/** A function of one's own that the model calls. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway, generateText, stepCountIs, tool } from "ai7";
import { z } from "zod";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const { text, steps } = await generateText({
  model: gateway("anthropic/claude-sonnet-4"),
  prompt: "What is the weather in Oslo? Use get_weather.",
  tools: {
    get_weather: tool({
      description: "The weather of a city",
      inputSchema: z.object({ city: z.string() }),
      execute: ({ city }) => {
        console.log(`get_weather(${JSON.stringify(city)})`);
        return "7 degrees and rain";
      },
    }),
  },
  stopWhen: stepCountIs(5),
});

console.log(text);
console.log(`Steps: ${steps.length}`);
