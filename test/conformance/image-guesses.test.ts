import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { pictureOf } from "../../src/simulator/picture.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { clientOf, type Loose } from "./client.ts";

const google = startSimulator();
let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  const own = { google: { api_key: "sk-simulated", base_url: `${google.url}/v1beta` } };
  gateway = await startGateway({ config: { providers: own } });
  client = clientOf(gateway);
});
afterAll(async () => {
  await gateway.stop();
  google.stop();
});

const rowOf = (reply: object) => gateway.row((reply as Loose).providerMetadata.gateway.generationId)!;
const GEMINI = "google/gemini-2.5-flash-image";
const only = { providerOptions: { gateway: { only: ["google"] } } };

/** Tokens of images cost several times what those of words do. */
describe("images whose tokens nobody tells are paid for as images", () => {
  test("by OpenAI", async () => {
    const reply = await client.images.generate({ model: "openai/gpt-image-1.5", prompt: "Water [sim no-usage]", n: 2 });
    const { input, output, cost, estimated } = rowOf(reply);
    expect({ output, estimated }).toEqual({ output: 8320, estimated: true });
    expect(cost).toBe(input! * 5000 + 8320 * 32_000);
  });

  test("by Gemini", async () => {
    const reply = await client.images.generate({ model: GEMINI, prompt: "Water [sim no-usage]", ...only } as never);
    const { input, output, cost, estimated } = rowOf(reply);
    expect({ output, estimated }).toEqual({ output: 4160, estimated: true });
    expect(cost).toBe(input! * 300 + 4160 * 30_000);
  });

  test("by Gemini, where it tells how many but not of what", async () => {
    const parts = [{ inlineData: { mimeType: "image/png", data: pictureOf("Water") } }];
    const answer = {
      candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 1290, thoughtsTokenCount: 10, totalTokenCount: 1302 },
    };
    const prompt = `Water [sim body='${JSON.stringify(answer)}']`;
    const reply = await client.images.generate({ model: GEMINI, prompt, ...only } as never);
    // What was thought is words, at $2.50 a million.
    expect(rowOf(reply)).toMatchObject({ output: 1300, cost: 2 * 300 + 1290 * 30_000 + 10 * 2500, estimated: false });
  });
});
