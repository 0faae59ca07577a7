import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ERRORS } from "../../src/core/error.ts";
import { chunk } from "../../src/upstream/fixtures/raw-server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ELSEWHERE, type Elsewhere } from "./elsewhere.ts";
import { type Fault, FORTY, SECRET } from "./forty.ts";
import { codesOf, watchLedger } from "./ledger.ts";
import type { Outcome } from "./matrix.ts";
import { openPlaces, type Places } from "./matrix-of-doors.ts";
import { type Part, type Play, startFaultyProvider, WORDS, well, wordsOf } from "./provider.ts";

/** The forty faults where something else is asked for than talk in one of its three formats. */

let places: Places;
beforeAll(async () => {
  places = await openPlaces();
});
afterAll(() => places.stop());

interface Cell {
  readonly name: string;
  readonly door: Elsewhere;
  readonly stream: boolean;
  readonly fallback: boolean;
  readonly outcome: Outcome;
}

function cellsOf(fault: Fault): Cell[] {
  const cells: Cell[] = [];
  for (const [d, door] of ELSEWHERE.entries())
    for (const stream of door.streams)
      for (const fallback of [false, true]) {
        const outcomes = stream ? fault.stream : fault.plain;
        const outcome = outcomes === undefined || "kind" in outcomes ? outcomes : outcomes[door.wire];
        const name = `d${d}-${stream ? "stream" : "plain"}-${fallback ? "spare" : "alone"}`;
        const isMet = outcome !== undefined && door.meets?.(outcome) !== false;
        if (isMet) cells.push({ name, door, stream, fallback, outcome });
      }
  return cells;
}

/** What is wrong, by the name of the cell. */
async function meetAll(fault: Fault): Promise<Record<string, string>> {
  const cells = cellsOf(fault);
  const parts = new Map<string, Part>();
  for (const { name, door } of cells) {
    const { wire, speak, well: sound = well } = door;
    const speaks = speak === undefined ? {} : { speak };
    parts.set(name, { wire, play: fault.play ?? sound, mark: "a", ...speaks });
    parts.set(`${name}-next`, { wire, play: sound, mark: "b", ...speaks });
  }
  const provider = startFaultyProvider(parts);
  const providers = cells.flatMap(({ name, door: { wire, provider: more, model } }) =>
    [name, `${name}-next`].map((part) => {
      const next = part !== name;
      const origin = fault.at === undefined || next ? provider.server.url : places.address[fault.at];
      const told = {
        wire,
        base_url: `${origin}/${part}${wire === "anthropic-messages" ? "" : "/v1"}`,
        api_key: SECRET,
        models: [{ id: `lab/${part}`, ...model }],
        ...more,
        ...(fault.clocks === undefined || next ? {} : { clocks: fault.clocks }),
      };
      return [part, told];
    }),
  );
  const gateway = await startGateway({
    config: { providers: Object.fromEntries(providers), retries: { same_endpoint: 0 } },
  });
  const ledger = watchLedger(gateway);
  const wrong: Record<string, string> = {};
  await Promise.all(
    cells.map(async (cell) => {
      try {
        await meet(gateway, cell);
      } catch (thrown) {
        const text = Bun.stripANSI(String(thrown instanceof Error ? thrown.message : thrown)).slice(0, 600);
        wrong[`${cell.name} ${cell.door.name}`] = text;
      }
    }),
  );
  if (ledger.rows.length !== cells.length) wrong.rows = `${ledger.rows.length} for ${cells.length} requests`;
  const { credentials } = gateway.headgate.gateway.snapshot.choice;
  for (const { pool } of [...credentials.values()].flat()) pool.close();
  await gateway.stop();
  provider.stop();
  return wrong;
}

async function meet(gateway: RunningGateway, { name, door, stream, fallback, outcome }: Cell): Promise<void> {
  const [model, next] = [`lab/${name}`, `lab/${name}-next`];
  const response = await door.ask(gateway, { model, stream, fallbacks: fallback ? [next] : [] });
  const raw = (await response.text()).replace(/\r\n?/g, "\n").replace(/^\ufeff/, "");
  const row = gateway.row(response.headers.get("x-request-id")!)!;
  for (const text of [raw, JSON.stringify(row)]) expect(text).not.toMatch(/sk-canary|169\.254|<html|poison/);
  const replaced = fallback && outcome.kind === "refused" && outcome.next;
  if (outcome.kind === "refused" && !replaced) {
    const { code, status } = outcome;
    const { error, generationId } = JSON.parse(raw);
    expect([response.status, error.code, error.type, generationId]).toEqual([status, code, ERRORS[code].type, row.id]);
    expect(error.message.length).toBeGreaterThan(5);
    expect(response.headers.get("retry-after")).toBe(outcome.retryAfter ?? null);
    expect(row).toMatchObject({ error: code, finish: null, cost: null });
    expect(codesOf(row)).toEqual([code]);
    return;
  }
  expect(response.status).toBe(200);
  const heard = door.read(raw, stream);
  if (outcome.kind === "broken") {
    expect(heard).toMatchObject({ words: wordsOf("a", outcome.words).join(""), ended: false });
    expect(heard.error).toMatchObject({ code: outcome.code, type: ERRORS[outcome.code].type });
    expect(row).toMatchObject({ model, error: outcome.code, finish: null, estimated: true });
    expect(row.cost).toBeGreaterThan(0);
    return;
  }
  const [mark, words] = replaced ? ["b", WORDS] : ["a", outcome.kind === "fine" ? outcome.words : WORDS];
  expect(heard).toEqual({ words: wordsOf(mark, words).join(""), ended: true });
  expect(row).toMatchObject({ model: replaced ? next : model, error: null, streamed: stream || door.isBytes === true });
  expect(row.estimated).toBe(!replaced && outcome.kind === "fine" && outcome.estimated);
  expect(codesOf(row)).toEqual(replaced && outcome.kind === "refused" ? [outcome.code, null] : [null]);
}

describe("at the AI SDK's door, where texts are completed and sound is written down", () => {
  // Calls of tools are met at the doors of talk.
  const met = FORTY.filter(({ calls }) => calls === undefined);

  test.each(met.map((fault) => [`${fault.id} ${fault.what}`, fault] as const))(
    "%s",
    async (_, fault) => {
      expect(await meetAll(fault)).toEqual({});
    },
    60_000,
  );
});

describe("sound that has begun", () => {
  const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\n";
  const begun = `${HEAD}transfer-encoding: chunked\r\n\r\n${chunk("sound")}`;

  // The runtime takes its time to break a connection off: all at once.
  const FAULTS: readonly [how: string, play: Play, code: string][] = [
    [
      "and is shorter than was said",
      ({ line }) => {
        line.send(`${HEAD}content-length: 50\r\n\r\nsound`);
        line.fin();
      },
      "upstream_truncated",
    ],
    [
      "and does not come to its end",
      ({ line }) => {
        line.send(begun);
        line.fin();
      },
      "upstream_truncated",
    ],
    ["and falls silent", ({ line }) => line.send(begun), "upstream_timeout"],
  ];

  const meetOne = async (play: Play) => {
    const speech = ELSEWHERE.find(({ isBytes }) => isBytes)!;
    const { wire, speak, model } = speech;
    const part = { wire, mark: "a", speak: speak! };
    const provider = startFaultyProvider(
      new Map([
        ["first", { ...part, play }],
        ["next", { ...part, play: speech.well! }],
      ]),
    );
    const told = (name: string) => ({
      wire,
      base_url: `${provider.server.url}/${name}/v1`,
      api_key: SECRET,
      models: [{ id: `lab/${name}`, ...model }],
      clocks: { idle_ms: 200 },
    });
    const gateway = await startGateway({ config: { providers: { first: told("first"), next: told("next") } } });
    const ledger = watchLedger(gateway);
    const asked = { model: "lab/first", stream: false, fallbacks: ["lab/next"] };
    const response = await speech.ask(gateway, asked);
    const heard = await response.arrayBuffer().then(
      ({ byteLength }) => `all of ${byteLength}`,
      () => "broken off",
    );
    const row = await ledger.at(0);
    const found = [response.status, heard, row.error, row.model, ...codesOf(row), row.cost, ledger.rows.length];
    await gateway.stop();
    provider.stop();
    return [...found, provider.asked("next")];
  };

  test("breaks off, whoever else there is, and is paid for", async () => {
    const found = await Promise.all(FAULTS.map(async ([how, play]) => [how, ...(await meetOne(play))]));
    expect(found).toEqual(FAULTS.map(([how, , code]) => [how, 200, "broken off", code, "lab/first", code, 5000, 1, 0]));
  }, 60_000);
});
