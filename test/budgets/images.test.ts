import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI, { toFile } from "openai";
import { pictureOf } from "../../src/simulator/picture.ts";
import { clientOf, failure, type Loose } from "../conformance/client.ts";
import { type Bank, openBank } from "./support.ts";

/** One by the image, dear ones four times as much; one by tokens, a cent for a hundred that are written. */
const MODELS = [
  { id: "lab/painter", type: "image", price: { image: 0.05, images: { high: 0.2 } } },
  { id: "lab/gpt-image", type: "image", price: { input: 0, output: 100 } },
  { id: "lab/unpriced", type: "image" },
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

const make = (user: string, n: number, model = "lab/painter") =>
  client.images.generate({ model, prompt: "Water", n, providerOptions: { gateway: { user } } } as Loose);

const spent = async (user: string) => {
  const { data } = (await bank.admin("GET", "/admin/budgets")).body as Loose;
  return Number(data.find(({ scope_id: id }: Loose) => id === user).spent_usd);
};

describe("images that are paid for each", () => {
  test("are reserved at the dearest that they may be, and paid as they are", async () => {
    const user = await budgetOf(0.5);
    await make(user, 2);
    expect(await spent(user)).toBe(0.1);
    // Three might be dear ones, at $0.60: $0.40 are left.
    const error = await failure(make(user, 3), OpenAI.APIError);
    expect(error).toMatchObject({ status: 402, code: "quota_for_entity_exceeded" });
    expect(bank.lab.requests).toHaveLength(1);
    await make(user, 1);
    expect(await spent(user)).toBe(0.15);
  });

  test("without a price are not made where there is a budget", async () => {
    const error = await failure(make(await budgetOf(100), 1, "lab/unpriced"), OpenAI.APIError);
    expect(error.code).toBe("no_providers_available");
    expect(bank.lab.requests).toHaveLength(0);
  });
});

describe("who leaves before the images are there", () => {
  test.each([
    ["lab/painter", 2, 0.4],
    // Two of 4,160 tokens.
    ["lab/gpt-image", 2, 0.832],
  ])("pays for those of %s as far as they can be guessed", async (model, n, usd) => {
    const user = await budgetOf(10);
    const leaver = new AbortController();
    const quality = model === "lab/painter" ? "high" : "low";
    const body = { model, prompt: "[sim silence]", n, quality, providerOptions: { gateway: { user } } };
    const asked = client.images.generate(body as Loose, { signal: leaver.signal }).catch(() => {});
    await bank.lab.when(() => true);
    leaver.abort();
    await asked;
    const reserved = async () => {
      const { data } = (await bank.admin("GET", "/admin/budgets")).body as Loose;
      return Number(data.find(({ scope_id: id }: Loose) => id === user).reserved_usd);
    };
    while ((await reserved()) > 0) await new Promise(setImmediate);
    expect(await spent(user)).toBe(usd);
  });
});

describe("images that are paid by tokens", () => {
  test("are reserved as the largest, and paid by what is told", async () => {
    // 8,192 tokens are $0.8192.
    const error = await failure(make(await budgetOf(0.81), 1, "lab/gpt-image"), OpenAI.APIError);
    expect(error).toMatchObject({ status: 402 });
    expect(bank.lab.requests).toHaveLength(0);
    const user = await budgetOf(0.82);
    await make(user, 1, "lab/gpt-image");
    expect(await spent(user)).toBe(0.1056);
  });

  test("are paid for when they are changed, too", async () => {
    const user = await budgetOf(1);
    await client.images.edit({
      model: "lab/gpt-image",
      prompt: "Water",
      image: await toFile(Buffer.from(pictureOf("x"), "base64"), "x.png", { type: "image/png" }),
      quality: "low",
      user,
    });
    expect(await spent(user)).toBe(0.0272);
  });
});
