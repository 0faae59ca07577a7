import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { aroundToday } from "../../support/days.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { failureOf, type Loose, providerOf, SDKS } from "./client.ts";

/** What was used, asked by the SDK's own methods: they go to the address without its path. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const MODEL = "openai/gpt-4o";
const chat = (content: string, more: object = {}) =>
  gateway.post("/v1/chat/completions", { model: MODEL, messages: [{ role: "user", content }], ...more });

describe.each(SDKS)("ai $major", (sdk) => {
  test("getCredits() tells what is left and what was used, as texts", async () => {
    await chat("Hello");
    const told = await jsonOf(await gateway.get("/v1/credits"));
    const credits = await providerOf(sdk, gateway).getCredits();
    expect(credits).toEqual({ balance: told.balance, totalUsed: told.total_used });
    expect(Number(credits.totalUsed)).toBeGreaterThan(0);
  });

  test("getCredits() of a team is answered as without one", async () => {
    const credits = await providerOf(sdk, gateway, { teamIdOrSlug: "team_1" }).getCredits();
    expect(credits.balance).toBeString();
  });

  test("getGenerationInfo() tells of a request what it used and cost", async () => {
    const answer = await jsonOf(await chat("[sim tokens=4]"));
    const info = await providerOf(sdk, gateway).getGenerationInfo({ id: answer.id });
    expect(info).toMatchObject({
      id: answer.id,
      model: MODEL,
      providerName: "openai",
      streamed: false,
      finishReason: "stop",
      totalCost: answer.usage.cost,
      isByok: false,
      promptTokens: answer.usage.prompt_tokens,
      completionTokens: 4,
      reasoningTokens: 0,
    });
    expect(new Date(info.createdAt).getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  test("getGenerationInfo() tells of one that nobody answered as well", async () => {
    const { generationId } = await jsonOf(await chat("[sim status=529]"));
    const info = await providerOf(sdk, gateway).getGenerationInfo({ id: generationId });
    expect(info).toMatchObject({ id: generationId, model: MODEL, totalCost: 0, finishReason: "error" });
  });

  test("getGenerationInfo() of none is the SDK's own error, with our message", async () => {
    const id = "gen_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const error = await failureOf(providerOf(sdk, gateway).getGenerationInfo({ id }));
    expect([error.statusCode, error.isRetryable]).toEqual([404, false]);
    expect(error.message).toContain(`Generation ${id} not found`);
    const wrong = await failureOf(providerOf(sdk, gateway).getGenerationInfo({ id: "x" }));
    expect([wrong.name, wrong.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
  });
});

describe.each(SDKS)("getSpendReport() of ai $major", (sdk) => {
  const [startDate, endDate] = aroundToday();
  const days = { startDate, endDate };

  test("adds up what was used, by what it is asked to", async () => {
    const tag = `report-${sdk.major}`;
    const answer = await jsonOf(await chat("Hello", { tags: [tag], user: "ada" }));
    const { results } = await providerOf(sdk, gateway).getSpendReport({ ...days, groupBy: "tag", tags: [tag] });
    expect(results).toMatchObject([
      { tag, totalCost: answer.usage.cost, marketCost: answer.usage.cost, requestCount: 1, reasoningTokens: 0 },
    ]);
    for (const groupBy of ["day", "user", "model", "tag", "provider", "credential_type"]) {
      const { results } = await providerOf(sdk, gateway).getSpendReport({ ...days, groupBy });
      const sum = results.reduce((all: number, one: Loose) => all + one.requestCount, 0);
      expect([groupBy, sum > 0]).toEqual([groupBy, true]);
      expect(results[0].totalCost).toBeNumber();
    }
    const hours = await providerOf(sdk, gateway).getSpendReport({ ...days, groupBy: "day", datePart: "hour" });
    expect(hours.results[0].hour).toMatch(/^\d{4}-\d\d-\d\dT\d\d$/);
    const filters = { userId: "ada", model: MODEL, provider: "openai", credentialType: "system", groupBy: "user" };
    expect((await providerOf(sdk, gateway).getSpendReport({ ...days, ...filters })).results).toHaveLength(1);
  });

  test("is refused by name where it makes no sense", async () => {
    const error = await failureOf(providerOf(sdk, gateway).getSpendReport({ startDate, endDate: "soon" }));
    expect([error.name, error.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
    expect(error.message).toContain("end_date must be a day");
  });
});
