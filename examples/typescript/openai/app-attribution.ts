/** Which app asks. */
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
  defaultHeaders: { "HTTP-Referer": "https://myapp.vercel.app", "X-Title": "MyApp" },
});

const response = await client.chat.completions.create({
  model: "openai/gpt-5",
  messages: [{ role: "user", content: "Hello" }],
});

console.log(`Generation: ${response.id}`);
