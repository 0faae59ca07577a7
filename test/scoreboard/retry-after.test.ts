import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sized as answer, type RawServer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { codesOf } from "../faults/ledger.ts";
import { refusalOf, speechOf } from "../faults/speech.ts";
import { tell } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

const DATE = "Wed, 25 Nov 2026 12:00:00 GMT";

/** What a provider says of when to come again, and after how many milliseconds it may be asked; none where what it says means nothing. */
const CASES: readonly [what: string, fields: Record<string, string>, waitMs?: number][] = [
  ["seconds", { "retry-after": "1" }, 1000],
  ["a fraction of seconds", { "retry-after": "0.4" }, 400],
  ["milliseconds", { "retry-after-ms": "350" }, 350],
  ["milliseconds before seconds", { "retry-after-ms": "450", "retry-after": "1" }, 450],
  ["a date beside its own", { date: DATE, "retry-after": "Wed, 25 Nov 2026 12:00:01 GMT" }, 1000],
  ["a date in the past", { date: DATE, "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }],
  ["a date without its own", { "retry-after": "Wed, 21 Oct 2095 07:28:00 GMT" }],
  ["nothing", {}],
  ["words", { "retry-after": "soon, maybe" }],
  ["less than nothing", { "retry-after": "-5" }],
  ["for ever", { "retry-after": "Infinity" }],
  ["a century", { "retry-after": "3155760000" }],
  ["milliseconds that are no number", { "retry-after-ms": "NaN" }],
  ["nothing to wait", { "retry-after": "0" }, 0],
];

/** For how long who does not say it is left alone at first, as nobody configured otherwise. */
const COOLDOWN_MS = 1000;

/** When each provider was asked, by the first segment of the path. */
const asked = new Map<string, number[]>();
let server: RawServer;
let gateway: RunningGateway;
beforeAll(async () => {
  const well = answer(speechOf("openai-chat", { words: ["Well."], usage: { input: 1, output: 1 } }).whole);
  server = startRawServer({
    answer(line, { head }) {
      const name = head.split("/")[1]!;
      const times = asked.get(name) ?? [];
      asked.set(name, [...times, performance.now()]);
      const [status, fields] = name === "quota" ? [402, {}] : [429, CASES[Number(name.slice(4))]?.[1]];
      const refuses = name === "quota" || (fields !== undefined && times.length === 0);
      const told = Object.entries(fields ?? {}).map(([field, value]) => `\r\n${field}: ${value}`);
      const refusal = refusalOf("openai-chat", { message: "Slow down.", type: "rate_limit_error" });
      const head429 = `HTTP/1.1 ${status} No\r\ncontent-type: application/json${told.join("")}`;
      line.send(refuses ? answer(refusal, head429) : well);
    },
  });
  const provider = (name: string, ...models: string[]) => ({
    [name]: {
      wire: "openai-chat",
      base_url: `${server.url}/${name}/v1`,
      api_key: "sk-1",
      models: models.map((id) => ({ id: `lab/${id}` })),
    },
  });
  const cases = CASES.map((_, i) => provider(`case${i}`, `case${i}`, `case${i}-other`));
  const providers = Object.assign({}, ...cases, provider("quota", "quota"), provider("spare", "spare"));
  gateway = await startGateway({ config: { providers }, remembers: true });
});
afterAll(async () => {
  await gateway.stop();
  server.stop();
});

async function ask(
  model: string,
  models: string[] = [],
): Promise<{ status: number; codes: (string | null)[]; model: string }> {
  const messages = [{ role: "user", content: "Hello" }];
  const response = await gateway.post("/v1/chat/completions", { model, models, messages });
  await response.arrayBuffer();
  const row = gateway.row(response.headers.get("x-request-id")!)!;
  return { status: response.status, codes: codesOf(row), model: row.model! };
}

test("a provider that says when it may be asked again is not asked before, by anybody", async () => {
  expect(CASES).toHaveLength(14);
  await Promise.all(
    CASES.map(async ([what, , waitMs], i) => {
      const model = `lab/case${i}`;
      const first = await ask(model, ["lab/spare"]);
      expect({ what, ...first }).toMatchObject({ what, status: 200, codes: ["upstream_rate_limited", null] });
      // Whoever has somewhere else to go does not ask it, nor anything else of the same account's: until then, which may have come.
      if (waitMs !== 0)
        for (const at of [model, `${model}-other`]) {
          const told = await ask(at, ["lab/spare"]);
          const sinceMs = performance.now() - asked.get(`case${i}`)![0]!;
          if (sinceMs < (waitMs ?? COOLDOWN_MS))
            expect({ what, ...told }).toMatchObject({ what, codes: [null], model: "lab/spare" });
        }
      // Whoever has not, waits.
      const waited = await Promise.all(Array.from({ length: 5 }, () => ask(model)));
      expect({ what, failed: waited.filter(({ status }) => status !== 200) }).toEqual({ what, failed: [] });
    }),
  );
  const early = CASES.filter(([, , waitMs = 0], i) => {
    const [refusedAt, again] = asked.get(`case${i}`)!;
    return again! - refusedAt! < waitMs;
  });
  expect(early).toEqual([]);
  tell({ row: "U6", what: "cases", value: CASES.length });
  tell({ row: "U6", what: "early calls", value: early.length, atMost: 0 });
}, 60_000);

describe("an account without credit", () => {
  test("is passed over once, and then not asked", async () => {
    expect(await ask("lab/quota", ["lab/spare"])).toMatchObject({ status: 200, codes: ["upstream_quota", null] });
    expect(await ask("lab/quota", ["lab/spare"])).toMatchObject({ status: 200, codes: [null], model: "lab/spare" });
    expect(asked.get("quota")).toHaveLength(1);
  });
});
