import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { clientOf, failure, type Loose } from "../conformance/client.ts";
import { wavOf } from "../support/sound.ts";
import { type Bank, KEY, openBank } from "./support.ts";

/** A tenth of a cent a character, a cent a second, and as many tokens as there are for nothing. */
const MODELS = [
  { id: "lab/speaker", type: "speech", price: { characters: 1000 } },
  { id: "lab/whisper", type: "transcription", price: { minute: 0.6 } },
  { id: "lab/listener", type: "transcription", price: { input: 0, output: 100 } },
  { id: "lab/unpriced", type: "speech" },
];

let bank: Bank;
let client: OpenAI;
beforeAll(async () => {
  bank = await openBank({ models: MODELS });
  client = clientOf(bank.gateway, { maxRetries: 0 });
});
afterAll(() => bank.stop());
beforeEach(() => bank.lab.forget());

async function budgetOf(usd: number): Promise<string> {
  const user = crypto.randomUUID();
  await bank.budget({ scope: "user", scope_id: user, limit_usd: usd, period: "total" });
  return user;
}

const say = (user: string, input: string, model = "lab/speaker") =>
  client.audio.speech.create({ model, voice: "a", input, providerOptions: { gateway: { user } } } as Loose);

/** A transcript of so much sound, told in a form as no SDK would have the gateway's fields there. */
async function hear(user: string, file: File, more: Record<string, string> = {}): Promise<Response> {
  const form = new FormData();
  const fields = { model: "lab/whisper", providerOptions: JSON.stringify({ gateway: { user } }), ...more };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return fetch(`${bank.gateway.url}/v1/audio/transcriptions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
    body: form,
  });
}

const spent = async (user: string) => {
  const { data } = (await bank.admin("GET", "/admin/budgets")).body as Loose;
  return Number(data.find(({ scope_id: id }: Loose) => id === user).spent_usd);
};

describe("the characters of a text", () => {
  test("are reserved before anything is sent, and paid to the last of them", async () => {
    const user = await budgetOf(0.015);
    await (await say(user, "0123456789")).arrayBuffer();
    expect(await spent(user)).toBe(0.01);
    const error = await failure(say(user, "012345"), OpenAI.APIError);
    expect(error).toMatchObject({ status: 402, code: "quota_for_entity_exceeded" });
    expect(bank.lab.requests).toHaveLength(1);
    await (await say(user, "01234")).arrayBuffer();
    expect(await spent(user)).toBe(0.015);
  });

  test("without a price are not spoken where there is a budget", async () => {
    const error = await failure(say(await budgetOf(100), "Hi.", "lab/unpriced"), OpenAI.APIError);
    expect(error.code).toBe("no_providers_available");
    expect(bank.lab.requests).toHaveLength(0);
  });
});

describe("the seconds of a file", () => {
  test("are reserved by what its header tells, and settled by what was told", async () => {
    const user = await budgetOf(0.05);
    expect((await hear(user, wavOf(6))).status).toBe(402);
    expect(bank.lab.requests).toHaveLength(0);
    expect((await hear(user, wavOf(3.5))).status).toBe(200);
    expect(await spent(user)).toBe(0.04);
    expect((await hear(user, wavOf(1))).status).toBe(200);
    expect((await hear(user, wavOf(1))).status).toBe(402);
  });

  test("are reserved by its size where nothing tells, and what was too much is given back", async () => {
    const user = await budgetOf(0.1);
    // Ten seconds at the most; the provider counts five.
    const file = () => new File([Buffer.alloc(20_000, "x")], "speech.webm");
    expect((await hear(user, file())).status).toBe(200);
    expect(await spent(user)).toBe(0.05);
    expect((await hear(user, file())).status).toBe(402);
  });

  test("have tokens as well where those are paid", async () => {
    const user = await budgetOf(0.01);
    // Ten tokens a second, a hundred for a cent.
    expect((await hear(user, wavOf(11), { model: "lab/listener" })).status).toBe(402);
    const answer = await hear(user, wavOf(9), { model: "lab/listener", prompt: "[sim tokens=50]" });
    expect(answer.status).toBe(200);
    expect(await spent(user)).toBe(0.005);
  });
});
