/** A function of one's own that the model calls. */
import OpenAI from "openai";
import { zodFunction } from "openai/helpers/zod";
import { z } from "zod";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const runner = client.chat.completions.runTools({
  model: "anthropic/claude-sonnet-4",
  messages: [{ role: "user", content: "What is the weather in Oslo? Use get_weather." }],
  tools: [
    zodFunction({
      name: "get_weather",
      description: "The weather of a city",
      parameters: z.object({ city: z.string() }),
      function: ({ city }) => {
        console.log(`get_weather(${JSON.stringify(city)})`);
        return "7 degrees and rain";
      },
    }),
  ],
});

console.log(await runner.finalContent());
