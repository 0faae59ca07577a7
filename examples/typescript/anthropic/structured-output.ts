/** An answer in a shape of one's own. */
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";

const client = new Anthropic({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:8787",
});

const Party = z.object({ name: z.string(), guests: z.array(z.string()) });
const message = await client.messages.parse({
  model: "anthropic/claude-sonnet-4.5",
  max_tokens: 1024,
  messages: [{ role: "user", content: "Alice and Bob go to the science fair." }],
  output_config: { format: zodOutputFormat(Party) },
});

const party = message.parsed_output!;
console.log(`${party.name}: ${party.guests.length} guests`);
