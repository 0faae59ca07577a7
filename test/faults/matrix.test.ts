import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ERRORS } from "../../src/core/error.ts";
import { chunksOf, dataOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { codesOf } from "./ledger.ts";
import { FAULTS, type Fault, type Outcome, type Way, WORDS } from "./matrix.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** Each way through the gateway: the model that goes it, what its provider calls it, and who is asked next. */
const WAYS: Record<Way, { model: string; upstream: string; fallback: string }> = {
  relayed: { model: "openai/gpt-4o", upstream: "gpt-4o", fallback: "anthropic/claude-sonnet-4.5" },
  transcoded: {
    model: "anthropic/claude-sonnet-4.5",
    upstream: "claude-sonnet-4-5-20250929",
    fallback: "openai/gpt-4o",
  },
  reshaped: { model: "deepseek/deepseek-v4-pro", upstream: "deepseek-v4-pro", fallback: "meta/llama-3.3-70b" },
};

interface Cell {
  way: Way;
  stream: boolean;
  fallback: boolean;
}

/** What came of one request, whatever it was. */
interface Told {
  response: Response;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
  body: any;
  /** What the client got to read. */
  words: string;
}

/** Sends one request under a fault of its first model. */
async function tell(fault: Fault, { way, stream, fallback }: Cell): Promise<Told> {
  const { model, upstream, fallback: next } = WAYS[way];
  const content = `[sim tokens=${WORDS} mark=b every=0][sim model=${upstream} mark=a ${fault.does}] Hello`;
  const request = { model, messages: [{ role: "user", content }], stream, ...(fallback ? { models: [next] } : {}) };
  const response = await gateway.post("/v1/chat/completions", request);
  // Relayed frames keep the line ends that their provider gave them.
  const text = (await response.text()).replace(/\r\n|\r/g, "\n");
  const streamed = response.headers.get("content-type") === "text/event-stream";
  const body = streamed ? undefined : JSON.parse(text);
  const words = streamed
    ? chunksOf(text)
        .map((chunk) => chunk.choices?.[0]?.delta.content ?? "")
        .join("")
    : (body.choices?.[0].message.content ?? "");
  return { response, text, body, words };
}

function wordsOf(mark: "a" | "b", count: number): string {
  return Array.from({ length: count }, (_, i) => `${mark}-${i}`).join(" ");
}

/** Every connection to a provider is idle after a request, or closed: none is left hanging. */
async function connectionsGone(): Promise<void> {
  for (const { pool } of [...gateway.headgate.gateway.snapshot.choice.credentials.values()].flat()) pool.close();
  while (gateway.simulator.counters.open > 0) await Bun.sleep(1);
}

function outcomeOf(fault: Fault, { way, stream }: Cell): Outcome | undefined {
  const outcomes = stream ? fault.stream : fault.plain;
  return outcomes === undefined || "kind" in outcomes ? outcomes : outcomes[way];
}

/** The reply that a client reads without any error, and its row. */
function expectAnswer(told: Told, cell: Cell, mark: "a" | "b", { words, estimated }: Outcome & { kind: "fine" }): void {
  const { model, fallback } = WAYS[cell.way];
  expect(told.words).toBe(wordsOf(mark, words));
  expect(told.response.status).toBe(200);
  const last = cell.stream ? chunksOf(told.text).at(-1) : told.body;
  if (cell.stream) {
    expect(dataOf(told.text).filter((data) => data === "[DONE]")).toHaveLength(1);
    expect(told.text).toEndWith("data: [DONE]\n\n");
    expect(chunksOf(told.text).filter(({ usage }) => usage)).toEqual([last]);
  }
  expect(last.model).toBe(mark === "a" ? model : fallback);
  expect(last.choices[0].finish_reason).toBe("stop");
  expect(last.usage.estimated).toBe(estimated ? true : undefined);
  const row = gateway.row(last.id)!;
  expect(row).toMatchObject({ error: null, finish: "stop", estimated, output: last.usage.completion_tokens });
  if (!estimated) expect(row.output).toBe(words);
  else expect(row.output).toBeGreaterThan(words / 2);
  expect(row.input).toBeGreaterThan(5);
  expect(row.cost).toBeGreaterThan(0);
}

/** An error in OpenAI's shape, that gives nothing away. */
function expectError(error: Told["body"], id: string, code: keyof typeof ERRORS): void {
  const { param, ...rest } = error.error;
  expect(rest).toEqual({ message: expect.any(String), type: ERRORS[code].type, code });
  expect(error.generationId).toBe(id);
  // Only what the client itself got wrong has a place in what it sent.
  if (ERRORS[code].retry !== "never") expect(param).toBeUndefined();
  expect(error.error.message.length).toBeGreaterThan(5);
}

function expectRefusal(told: Told, outcome: Outcome & { kind: "refused" }): void {
  const { response, body } = told;
  expect([response.status, body.error?.code]).toEqual([outcome.status, outcome.code]);
  expect(response.headers.get("content-type")).toBe("application/json");
  expectError(body, response.headers.get("x-request-id")!, outcome.code);
  expect(response.headers.get("retry-after")).toBe(outcome.retryAfter ?? null);
  if (outcome.status >= 429) expect(response.headers.get("x-should-retry")).toBe("false");
  expect(gateway.row(body.generationId)).toMatchObject({
    error: outcome.code,
    finish: null,
    input: null,
    output: null,
    cost: null,
  });
}

function expectBreak(told: Told, { code, words }: Outcome & { kind: "broken" }): void {
  const { response, text } = told;
  expect(response.status).toBe(200);
  expect(told.words).toBe(wordsOf("a", words));
  expect(text).not.toContain("[DONE]");
  const chunks = chunksOf(text);
  expectError(chunks.at(-1), response.headers.get("x-request-id")!, code);
  expect(chunks.filter(({ error }) => error)).toHaveLength(1);
  expect(chunks.some((chunk) => chunk.choices?.[0]?.finish_reason || chunk.usage)).toBe(false);
  const row = gateway.row(chunks.at(-1).generationId)!;
  expect(row).toMatchObject({ error: code, finish: null, estimated: true });
  expect(row.output).toBe(Math.ceil(wordsOf("a", words).length / 4));
  expect(row.cost).toBeGreaterThan(0);
}

function attemptsOf(id: string): (string | null)[] {
  return codesOf(gateway.row(id)!);
}

describe.each(FAULTS)("$id", (fault) => {
  const cells: Cell[] = (["relayed", "transcoded", "reshaped"] as const).flatMap((way) =>
    [false, true].flatMap((stream) => [false, true].map((fallback) => ({ way, stream, fallback }))),
  );
  test.each(cells.filter((cell) => outcomeOf(fault, cell) !== undefined))(
    "$way, streamed: $stream, fallback: $fallback",
    async (cell) => {
      await connectionsGone();
      const { generations } = gateway.headgate.gateway;
      const rows = await generations.count();
      gateway.simulator.forget();
      const told = await tell(fault, cell);
      const outcome = outcomeOf(fault, cell)!;
      const id = told.response.headers.get("x-request-id")!;
      const replaced = outcome.kind === "refused" && outcome.next && cell.fallback;
      if (replaced) {
        expectAnswer(told, cell, "b", { kind: "fine", words: WORDS, estimated: false });
        expect(attemptsOf(id)).toEqual([outcome.code, null]);
      } else {
        if (outcome.kind === "fine") expectAnswer(told, cell, "a", outcome);
        else if (outcome.kind === "refused") expectRefusal(told, outcome);
        else expectBreak(told, outcome);
        expect(attemptsOf(id)).toEqual([outcome.kind === "fine" ? null : outcome.code]);
      }
      expect(gateway.simulator.requests).toHaveLength(replaced ? 2 : 1);
      expect(await generations.count()).toBe(rows + 1);
      expect(told.text).not.toMatch(/sk-test|sk-simul|169\.254|<html/);
      expect(gateway.complaints).toEqual([]);
      await connectionsGone();
    },
  );
});
