/** One vector, and several at once. */
// "ai" in your project: here three majors of it are installed side by side.
import { createGateway, embed, embedMany } from "ai7";

// The key is read from AI_GATEWAY_API_KEY.
const gateway = createGateway({ baseURL: process.env.AI_SDK_BASE_URL ?? "http://127.0.0.1:8787/v4/ai" });

const model = gateway.embeddingModel("openai/text-embedding-3-small");
const { embedding } = await embed({ model, value: "Your text here" });
console.log(`Dimensions: ${embedding.length}`);

const { embeddings } = await embedMany({ model, values: ["Text 1", "Text 2", "Text 3"] });
for (const [index, { length }] of embeddings.entries()) console.log(`Index ${index}: ${length} dims`);
