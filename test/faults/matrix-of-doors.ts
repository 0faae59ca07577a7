import { expect } from "bun:test";
import { join } from "node:path";
import { type RawServer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { QUIRKS } from "../../src/wires/quirk.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import type { Door } from "../support/judges.ts";
import { askAt, DOORS, expectBroken, expectRefused, expectWell, type Told } from "./doors.ts";
import { type Fault, type Place, SECRET } from "./forty.ts";
import { codesOf } from "./ledger.ts";
import type { Outcome } from "./matrix.ts";
import { closedPort, deafPort } from "./ports.ts";
import { type FaultyProvider, type Part, startFaultyProvider, WORDS, well, wordsOf } from "./provider.ts";
import { TOOL } from "./speech.ts";

/** Addresses for the faults that happen before there is any HTTP. */
export interface Places {
  readonly address: Record<Place, string>;
  /** Servers whose certificates do not hold. */
  readonly impostors: ReadonlyMap<string, RawServer>;
  stop(): void;
}

const TLS = join(import.meta.dir, "../../src/upstream/fixtures/tls");

export async function openPlaces(): Promise<Places> {
  const deaf = await deafPort();
  const plaintext = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n") },
  });
  const impostor = (name: string) =>
    startRawServer({ tls: { key: join(TLS, `${name}.key`), cert: join(TLS, `${name}.pem`) } });
  const impostors = new Map(["self-signed", "expired", "wrong-name"].map((name) => [name, impostor(name)]));
  const url = (name: string) => impostors.get(name)!.url;
  return {
    address: {
      closed: `http://127.0.0.1:${closedPort()}`,
      // No label of a name may be so long: nobody needs to be asked to know that there is no such name.
      nameless: `http://${"x".repeat(64)}.example`,
      deaf: `http://127.0.0.1:${deaf.port}`,
      plaintext: `https://127.0.0.1:${plaintext.port}`,
      "self-signed": url("self-signed"),
      expired: url("expired"),
      "wrong-name": url("wrong-name"),
    },
    impostors,
    stop() {
      deaf.stop();
      plaintext.stop(true);
      for (const server of impostors.values()) server.stop();
    },
  };
}

/** One way of meeting a fault. */
export interface Cell {
  readonly name: string;
  readonly door: Door;
  /** What the faulty provider speaks. */
  readonly wire: Door;
  /** It speaks it in a shape of its own, so that nothing of it is relayed. */
  readonly reshaped: boolean;
  readonly stream: boolean;
  readonly fallback: boolean;
  readonly outcome: Outcome;
}

/** Quirks of answers: whoever has them is not relayed. */
export const SHAPES = Object.entries(QUIRKS).flatMap(([quirk, { shape }]) => (shape ? [quirk] : []));

/** What providers speak; only the chat wire has quirks of shape. */
export const SPOKEN: readonly { wire: Door; reshaped: boolean }[] = [
  ...DOORS.map((wire) => ({ wire, reshaped: false })),
  { wire: "openai-chat", reshaped: true },
];

export function cellsOf(fault: Fault): Cell[] {
  const cells: Cell[] = [];
  for (const [d, door] of DOORS.entries())
    for (const [w, { wire, reshaped }] of SPOKEN.entries())
      for (const stream of [false, true])
        for (const fallback of [false, true]) {
          const outcomes = stream ? fault.stream : fault.plain;
          const outcome = outcomes === undefined || "kind" in outcomes ? outcomes : outcomes[wire];
          const name = `d${d}-w${w}-${stream ? "stream" : "plain"}-${fallback ? "spare" : "alone"}`;
          if (outcome !== undefined) cells.push({ name, door, wire, reshaped, stream, fallback, outcome });
        }
  return cells;
}

/** The fallback speaks another wire than the first. */
function nextOf(wire: Door): Door {
  return DOORS[(DOORS.indexOf(wire) + 1) % DOORS.length]!;
}

export interface Matrix {
  readonly cells: readonly Cell[];
  readonly gateway: RunningGateway;
  readonly provider: FaultyProvider;
  /** Meets the fault in every way at once. @returns what is wrong, by the name of the cell */
  run(): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/** A gateway under one fault. Every way has a provider of its own: what one learns of its health does not touch another. */
export async function startMatrix(fault: Fault, places: Places): Promise<Matrix> {
  const cells = cellsOf(fault);
  const parts = new Map<string, Part>();
  const quirky = new Set(cells.filter(({ reshaped }) => reshaped).map(({ name }) => name));
  for (const { name, wire, reshaped } of cells) {
    parts.set(name, { wire, play: fault.play ?? well, mark: "a", lists: reshaped });
    parts.set(`${name}-next`, { wire: nextOf(wire), play: well, mark: "b" });
  }
  const provider = startFaultyProvider(parts);
  const providers = [...parts].map(([name, { wire }]) => {
    const next = name.endsWith("-next");
    const origin = fault.at === undefined || next ? provider.server.url : places.address[fault.at];
    const told = {
      wire,
      base_url: `${origin}/${name}${wire === "anthropic-messages" ? "" : "/v1"}`,
      api_key: SECRET,
      models: [{ id: `lab/${name}`, price: { input: 1, output: 2 } }],
      ...(quirky.has(name) ? { quirks: SHAPES } : {}),
      ...(fault.clocks === undefined || next ? {} : { clocks: fault.clocks }),
    };
    return [name, told];
  });
  const gateway = await startGateway({
    config: { providers: Object.fromEntries(providers), retries: { same_endpoint: 0 } },
    remembers: true,
  });
  const matrix: Matrix = {
    cells,
    gateway,
    provider,
    async run() {
      gateway.headgate.gateway.health.forget();
      const wrong: Record<string, string> = {};
      await Promise.all(
        cells.map(async (cell) => {
          try {
            await meet(matrix, fault, cell);
          } catch (thrown) {
            wrong[cell.name] = Bun.stripANSI(String(thrown instanceof Error ? thrown.message : thrown)).slice(0, 600);
          }
        }),
      );
      return wrong;
    },
    async stop() {
      const { credentials } = gateway.headgate.gateway.snapshot.choice;
      // A connection may still be on its way to its rest.
      for (; provider.open > 0; await Bun.sleep(1))
        for (const { pool } of [...credentials.values()].flat()) pool.close();
      await gateway.stop();
      provider.stop();
    },
  };
  return matrix;
}

async function meet({ gateway, provider }: Matrix, fault: Fault, cell: Cell): Promise<void> {
  const { name, door, stream, fallback, outcome } = cell;
  const [model, next] = [`lab/${name}`, `lab/${name}-next`];
  const before = [name, `${name}-next`].map(provider.asked);
  const told = await askAt(door, gateway, {
    model,
    stream,
    fallbacks: fallback ? [next] : [],
    tool: fault.calls === undefined ? undefined : TOOL,
  });
  const replaced = fallback && outcome.kind === "refused" && outcome.next;
  const first = outcome.kind === "fine" ? null : outcome.code;
  if (replaced) expectAnswer(gateway, cell, told, next, "b", { kind: "fine", words: WORDS, estimated: false });
  else if (outcome.kind === "fine") expectAnswer(gateway, cell, told, model, "a", outcome, fault.calls);
  else if (outcome.kind === "refused") expectRefusal(gateway, cell, told, outcome);
  else expectBreak(gateway, cell, told, outcome);
  const row = gateway.row(told.id)!;
  expect(codesOf(row)).toEqual(replaced ? [first, null] : [first]);
  const asked = [name, `${name}-next`].map((part, i) => provider.asked(part) - before[i]!);
  expect(asked).toEqual([fault.at === undefined ? 1 : 0, replaced ? 1 : 0]);
  const { data } = await jsonOf(await gateway.get(`/v1/models/${model}/endpoints`));
  const [{ circuit, uptime_last_15m }] = data.endpoints;
  expect(circuit).toMatch(fault.parks ? /^(open|half-open)$/ : /^closed$/);
  // A request that is refused for what it says speaks against nobody.
  const well = outcome.kind === "fine" || (outcome.kind === "refused" && !outcome.next);
  expect(uptime_last_15m).toBe(well ? 100 : 0);
  for (const text of [told.raw, JSON.stringify(row)]) expect(text).not.toMatch(/sk-canary|169\.254|<html|poison/);
}

function expectAnswer(
  gateway: RunningGateway,
  { door, wire, reshaped, stream }: Cell,
  told: Told,
  model: string,
  mark: string,
  { words, estimated }: Outcome & { kind: "fine" },
  calls?: string,
): void {
  expect(told.words).toBe(calls ?? wordsOf(mark, words).join(""));
  const relayed = mark === "a" ? door === wire && !reshaped : door === nextOf(wire);
  expectWell(door, told, stream, relayed);
  const row = gateway.row(told.id)!;
  expect(row).toMatchObject({
    model,
    error: null,
    finish: calls === undefined ? "stop" : "tool-calls",
    estimated,
    streamed: stream,
    mode: relayed ? "relay" : "transcode",
  });
  if (!estimated) expect([row.input, row.output]).toEqual([11, words]);
  else expect(row.output).toBeGreaterThan(words / 2);
  expect(row.cost).toBeGreaterThan(0);
}

function expectRefusal(
  gateway: RunningGateway,
  { door }: Cell,
  told: Told,
  outcome: Outcome & { kind: "refused" },
): void {
  expectRefused(door, told, outcome.code, outcome.status);
  expect(told.headers.get("retry-after")).toBe(outcome.retryAfter ?? null);
  const nothing = { finish: null, input: null, output: null, cost: null };
  expect(gateway.row(told.id)).toMatchObject({ error: outcome.code, ...nothing });
}

function expectBreak(gateway: RunningGateway, { door }: Cell, told: Told, outcome: Outcome & { kind: "broken" }): void {
  const said = wordsOf("a", outcome.words).join("");
  expect(told.words).toBe(said);
  expectBroken(door, told, outcome.code);
  const row = gateway.row(told.id)!;
  expect(row).toMatchObject({ error: outcome.code, finish: null, estimated: true });
  expect(row.output).toBe(Math.ceil(said.length / 4));
  expect(row.cost).toBeGreaterThan(0);
}
