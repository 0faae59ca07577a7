/** A function of one's own that the model calls. */
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { z } from "zod";

const client = new Anthropic({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8787",
});

const message = await client.beta.messages.toolRunner({
  model: "anthropic/claude-sonnet-4",
  max_tokens: 1024,
  messages: [{ role: "user", content: "What is the weather in Oslo? Use get_weather." }],
  tools: [
    betaZodTool({
      name: "get_weather",
      description: "The weather of a city",
      inputSchema: z.object({ city: z.string() }),
      run: ({ city }) => {
        console.log(`get_weather(${JSON.stringify(city)})`);
        return "7 degrees and rain";
      },
    }),
  ],
});

for (const block of message.content) if (block.type === "text") console.log(block.text);
