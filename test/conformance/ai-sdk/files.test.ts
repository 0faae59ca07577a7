import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, RELAYED, sent, TRANSCODED } from "../client.ts";
import { type Loose, providerOf, SDKS } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const ADDRESS = "https://example.com/gate.png";
const PDF = Buffer.from("%PDF-1.7").toString("base64");

describe.each(SDKS)("what ai $major shows a model", (sdk) => {
  /** Asks about these parts. @returns what the provider got as the content of the message, behind the text */
  async function look(id: string, parts: object[]): Promise<Loose> {
    const content = [{ type: "text", text: "What is this?" }, ...parts];
    const model = providerOf(sdk, gateway)(id);
    const result = await sdk.ai.generateText({ model, messages: [{ role: "user", content }] });
    expect(result.finishReason).toBe("stop");
    const { input, messages = input }: Loose = bodyOf(sent(gateway));
    const got = messages[0].content.slice(1);
    gateway.simulator.forget();
    return got;
  }

  const data = { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } };
  const address = { type: "image", source: { type: "url", url: ADDRESS } };

  test.each<[string, object]>([
    ["as bytes", { type: "image", image: Buffer.from(PIXEL, "base64"), mediaType: "image/png" }],
    [
      "as bytes of which nobody said what they are",
      { type: "image", image: new Uint8Array(Buffer.from(PIXEL, "base64")) },
    ],
    ["as base64", { type: "image", image: PIXEL, mediaType: "image/png" }],
    ["as a data URL", { type: "image", image: `data:image/png;base64,${PIXEL}` }],
    ["as a file", { type: "file", data: Buffer.from(PIXEL, "base64"), mediaType: "image/png" }],
  ])("an image %s", async (_, part) => {
    expect(await look(TRANSCODED, [part])).toEqual([data]);
    expect(await look(RELAYED, [part])).toMatchObject([
      { type: "input_image", image_url: `data:image/png;base64,${PIXEL}` },
    ]);
  });

  test.each<[string, object]>([
    ["as an image", { type: "image", image: new URL(ADDRESS) }],
    ["as an image in a text", { type: "image", image: ADDRESS }],
    ["as a file", { type: "file", data: new URL(ADDRESS), mediaType: "image/png" }],
    ["as a file of some image", { type: "file", data: new URL(ADDRESS), mediaType: "image/*" }],
  ])("an image by its address, %s", async (_, part) => {
    expect(await look(TRANSCODED, [part])).toEqual([address]);
    expect(await look(RELAYED, [part])).toMatchObject([{ type: "input_image", image_url: ADDRESS }]);
  });

  test("a PDF as bytes, and by its address", async () => {
    const bytes = { type: "file", data: Buffer.from(PDF, "base64"), mediaType: "application/pdf", filename: "a.pdf" };
    expect(await look(TRANSCODED, [bytes])).toEqual([
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: PDF }, title: "a.pdf" },
    ]);
    expect(await look(RELAYED, [bytes])).toEqual([
      { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` },
    ]);
    const url = "https://example.com/a.pdf";
    const there = { type: "file", data: new URL(url), mediaType: "application/pdf" };
    expect(await look(TRANSCODED, [there])).toEqual([{ type: "document", source: { type: "url", url } }]);
  });

  test("an image that a tool has made", async () => {
    const { ai } = sdk;
    const model = providerOf(sdk, gateway)(TRANSCODED);
    const draw = ai.tool({
      inputSchema: ai.jsonSchema({ type: "object", properties: {} }),
      execute: async () => "drawn",
      toModelOutput: () => ({
        type: "content",
        value: [
          { type: "text", text: "Here it is." },
          sdk.major === 5
            ? { type: "media", data: PIXEL, mediaType: "image/png" }
            : sdk.major === 6
              ? { type: "image-data", data: PIXEL, mediaType: "image/png" }
              : { type: "file", data: { type: "data", data: PIXEL }, mediaType: "image/png" },
        ],
      }),
    });
    const prompt = "[sim tool=draw every=0]";
    await ai.generateText({ model, tools: { draw }, prompt, stopWhen: ai.stepCountIs(2) });
    const { messages }: Loose = bodyOf(gateway.simulator.requests[1]!);
    expect(messages.at(-1).content[0]).toMatchObject({
      type: "tool_result",
      content: [{ type: "text", text: "Here it is." }, data],
    });
  });
});
