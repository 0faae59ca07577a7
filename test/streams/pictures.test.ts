import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import { chunksOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Three times as large as an event of words may be. */
const PICTURE = Buffer.alloc(2_400_000, 7).toString("base64");

let provider: Server<unknown>;
let gateway: RunningGateway;
beforeAll(async () => {
  provider = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      const part = { inlineData: { mimeType: "image/png", data: PICTURE } };
      const frame = {
        candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }],
        usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1290, totalTokenCount: 1293 },
      };
      const headers = { "content-type": "text/event-stream" };
      return new Response(`data: ${JSON.stringify(frame)}\r\n\r\n`, { headers });
    },
  });
  gateway = await startGateway({
    config: { providers: { google: { api_key: "k", base_url: `http://127.0.0.1:${provider.port}/v1beta` } } },
  });
});
afterAll(async () => {
  await gateway.stop();
  await provider.stop(true);
});

const draw = (model: string) =>
  gateway.post("/v1/chat/completions", { model, stream: true, messages: [{ role: "user", content: "A headgate" }] });

test("a picture that is larger than any event of words is streamed, of a model that draws", async () => {
  const reply = await draw("google/gemini-2.5-flash-image");
  expect(reply.status).toBe(200);
  const chunks = chunksOf(await reply.text());
  const images = chunks.flatMap(({ choices }) => choices[0]?.delta.images ?? []);
  expect(images).toHaveLength(1);
  expect(images[0].image_url.url).toBe(`data:image/png;base64,${PICTURE}`);
  expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
});

test("of another it is no answer", async () => {
  const reply = await draw("google/gemini-2.5-flash");
  expect(reply.status).toBe(502);
  expect(await reply.text()).toContain("more than 1048576 bytes");
});
