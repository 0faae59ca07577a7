/** An answer in a shape of one's own. */
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const Party = z.object({ name: z.string(), guests: z.array(z.string()) });
const response = await client.chat.completions.parse({
  model: "anthropic/claude-sonnet-4.5",
  messages: [{ role: "user", content: "Alice and Bob go to the science fair." }],
  response_format: zodResponseFormat(Party, "party"),
});

const party = response.choices[0]!.message.parsed!;
console.log(`${party.name}: ${party.guests.length} guests`);
