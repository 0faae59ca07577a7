import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, clientOf, failure, type Loose, RELAYED, TRANSCODED } from "./client.ts";

const MARK = "x-headgate-simulated";

let simulated: RunningGateway;
let real: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  simulated = await startGateway({ config: { simulate: "always" } });
  real = await startGateway();
  client = clientOf(simulated);
});
afterAll(async () => {
  await simulated.stop();
  await real.stop();
});

describe.each([RELAYED, TRANSCODED, "deepseek/deepseek-v4-pro"])("an answer of %s that the simulator gave", (model) => {
  test("is marked in its headers and its metadata, plain", async () => {
    const { data, response } = await client.chat.completions.create(ask(model, "Hello")).withResponse();
    expect(response.headers.get(MARK)).toBe("true");
    expect((data.choices[0]!.message as Loose).provider_metadata.gateway.simulated).toBe(true);
    expect(data.choices[0]!.message.content).toContain("simulated");
  });

  test("is marked in its headers and on the finishing chunk, streamed", async () => {
    const request = { ...ask(model, "[sim tokens=5 every=0]"), stream: true as const };
    const { data, response } = await client.chat.completions.create(request).withResponse();
    expect(response.headers.get(MARK)).toBe("true");
    const marks: unknown[] = [];
    for await (const chunk of data) marks.push((chunk.choices[0]!.delta as Loose).provider_metadata?.gateway.simulated);
    expect(marks.pop()).toBe(true);
    expect(marks.filter((mark) => mark !== undefined)).toEqual([]);
  });
});

test("simulated embeddings are marked too", async () => {
  const call = client.embeddings.create({ model: "openai/text-embedding-3-small", input: "Water" });
  const { data, response } = await call.withResponse();
  expect(response.headers.get(MARK)).toBe("true");
  expect((data as Loose).providerMetadata.gateway.simulated).toBe(true);
});

test("simulated failures are marked: nobody shall look for the cause at a provider", async () => {
  for (const stream of [false, true]) {
    const call = client.chat.completions.create({ ...ask(RELAYED, "[sim status=529]"), stream });
    const { headers } = await failure(call, OpenAI.InternalServerError);
    expect(headers.get(MARK)).toBe("true");
  }
});

test("the simulator answers for every provider of the catalogue, without any credential", async () => {
  const models: string[] = [];
  for await (const { id } of client.models.list()) models.push(id);
  expect(models.length).toBeGreaterThan(50);
  const creators = new Map(models.map((id) => [id.split("/")[0]!, id]));
  for (const creator of ["openai", "anthropic", "xai", "moonshotai"]) expect([...creators.keys()]).toContain(creator);
});

test("answers of a real provider bear no mark, and so do its failures", async () => {
  const { data, response } = await clientOf(real).chat.completions.create(ask(RELAYED, "Hello")).withResponse();
  expect(response.headers.get(MARK)).toBeNull();
  expect("simulated" in (data.choices[0]!.message as Loose).provider_metadata.gateway).toBe(false);
  const call = clientOf(real).chat.completions.create(ask(RELAYED, "[sim status=529]"));
  expect((await failure(call, OpenAI.InternalServerError)).headers.get(MARK)).toBeNull();
});
