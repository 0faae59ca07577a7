import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import OpenAI from "openai";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, promptOf, RELAYED, sent, TRANSCODED } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const DATA = `data:image/png;base64,${PIXEL}`;
const URL = "https://example.com/gate.png";

type Part = OpenAI.Chat.Completions.ChatCompletionContentPart;

const image = (url: string): Part => ({ type: "image_url", image_url: { url } });

/** Asks about these parts. @returns what the provider got as the content of the message */
async function look(model: string, parts: Part[]): Promise<Loose> {
  const content = [{ type: "text" as const, text: "What is this?" }, ...parts];
  const answer = await client.chat.completions.create({ model, messages: [{ role: "user", content }] });
  expect(answer.choices[0]!.finish_reason).toBe("stop");
  expect(answer.usage!.prompt_tokens).toBe(promptOf(sent(gateway)));
  return (bodyOf(sent(gateway)) as Loose).messages[0].content;
}

test("images by address and as data are relayed as they stand", async () => {
  const parts = [image(URL), image(DATA)];
  expect((await look(RELAYED, parts)).slice(1)).toEqual(parts);
});

test("images by address and as data become the Messages API's own sources", async () => {
  expect((await look(TRANSCODED, [image(URL), image(DATA)])).slice(1)).toEqual([
    { type: "image", source: { type: "url", url: URL } },
    { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
  ]);
});

test("a PDF becomes a document, in OpenAI's form and in the hosted gateway's", async () => {
  const pdf = Buffer.from("%PDF-1.7").toString("base64");
  const openai: Part = { type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${pdf}` } };
  const hosted = { type: "file", file: { filename: "a.pdf", data: pdf, media_type: "application/pdf" } } as Loose;
  const document = {
    type: "document",
    source: { type: "base64", media_type: "application/pdf", data: pdf },
    title: "a.pdf",
  };
  expect((await look(TRANSCODED, [openai])).at(-1)).toEqual(document);
  gateway.simulator.forget();
  expect((await look(TRANSCODED, [hosted])).at(-1)).toEqual(document);
  gateway.simulator.forget();
  expect((await look(RELAYED, [hosted])).at(-1)).toEqual(openai);
});

test("what a model cannot hear is refused with its place, before anything is sent", async () => {
  const audio: Part = { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } };
  const request = { model: TRANSCODED, messages: [{ role: "user" as const, content: [audio] }] };
  const error = await failure(client.chat.completions.create(request), OpenAI.BadRequestError);
  expect(error).toMatchObject({ code: "unsupported", param: "messages" });
  expect(gateway.simulator.requests).toHaveLength(0);
});

test("… unless a model further down the list can: that one is asked", async () => {
  const audio: Part = { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } };
  const request = {
    model: TRANSCODED,
    models: [RELAYED, "openai/gpt-audio"],
    messages: [{ role: "user" as const, content: [{ type: "text" as const, text: "Listen" }, audio] }],
  };
  const answer = await client.chat.completions.create(request);
  expect(answer.model).toBe("openai/gpt-audio");
  sent(gateway);
});
