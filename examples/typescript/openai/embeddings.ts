/** One vector, and several at once. */
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.AI_GATEWAY_API_KEY,
  baseURL: process.env.AI_GATEWAY_BASE_URL ?? "http://127.0.0.1:8787/v1",
});

const one = await client.embeddings.create({ model: "openai/text-embedding-3-small", input: "Your text here" });
console.log(`Dimensions: ${one.data[0]?.embedding.length}`);

const several = await client.embeddings.create({
  model: "openai/text-embedding-3-small",
  input: ["Text 1", "Text 2", "Text 3"],
});
for (const { index, embedding } of several.data) console.log(`Index ${index}: ${embedding.length} dims`);
