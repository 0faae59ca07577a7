import { expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { sized, tell } from "../support/figures.ts";
import { chunksOf, dataOf } from "../support/gateway.ts";
import { folder, startHeadgate } from "../support/process.ts";

/** `DURABILITY_ROUNDS=40 DURABILITY_ENOUGH=250` for the long run. */
export const ROUNDS = Number(process.env.DURABILITY_ROUNDS ?? 16);
/** Requests open at once, half of them streams. */
const WORKERS = 24;
/** Replies that must have been received before the kill, so that there is something to lose. */
const ENOUGH = Number(process.env.DURABILITY_ENOUGH ?? 40);
/** The kill comes within so many milliseconds after, at a moment that nothing decides. */
const LATEST_KILL_MS = sized(120, 500);

export const LONGEST_MS = 60_000 + ROUNDS * 5_000;
const TOKEN = "an-admin-token-of-the-operator";

/** Where a gateway keeps what it must not lose, and how to look at it. */
export interface Kept {
  readonly engine: string;
  readonly env?: Record<string, string>;
  /** What stands there when the last gateway has been killed, and one has begun since. @param cwd of all of them */
  read(cwd: string): Promise<Books>;
}

export interface Books {
  rows: readonly { id: string; user: string; output: number | null }[];
  /** Nanodollars: of all rows, and of the budget of the one key. */
  cost: number;
  spent: number;
  /** What is lent of it to anybody. */
  lent: number;
}

/** What one client knows: the requests that it made, and the replies that it received to the last byte. */
interface Journal {
  /** Number of the requests that were sent. Each names itself in `user`. */
  sent: number;
  /** Generation ids, by what the request called itself. */
  readonly acknowledged: Map<string, string>;
}

/** Sends one request. @returns the id of its generation once the last byte is here @throws when the reply breaks off */
async function askOnce(url: string, key: string, user: string, stream: boolean): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: stream ? "anthropic/claude-sonnet-4.5" : "openai/gpt-5",
      user,
      stream,
      messages: [{ role: "user", content: "[sim tokens=4 every=1ms]" }],
    }),
  });
  const text = await response.text();
  expect(response.status).toBe(200);
  if (!stream) return JSON.parse(text).id;
  if (dataOf(text).at(-1) !== "[DONE]") throw new Error("the stream broke off");
  return chunksOf(text)[0].id;
}

/** Asks and asks, until the gateway is gone. */
async function load(url: string, key: string, journal: Journal, onReply: () => void): Promise<void> {
  const worker = async (stream: boolean) => {
    for (;;) {
      const user = `request-${journal.sent++}`;
      try {
        journal.acknowledged.set(user, await askOnce(url, key, user, stream));
      } catch (thrown) {
        // What the gateway said instead of an answer is a failure of this test; that it said nothing is the kill.
        if (thrown instanceof Error && thrown.message.includes("toBe")) throw thrown;
        return;
      }
      onReply();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, i) => worker(i % 2 === 0)));
}

/** A data folder whose providers are a simulator that outlives every gateway. */
function installation(simulator: Simulator, env: Record<string, string>) {
  const cwd = folder();
  writeFileSync(
    join(cwd, "headgate.yaml"),
    `providers:
  openai: { api_key: sk-1, base_url: "${simulator.url}/openai/v1" }
  anthropic: { api_key: sk-2, base_url: "${simulator.url}/anthropic" }
`,
  );
  return {
    cwd,
    start: () => startHeadgate([], { cwd, env: { HEADGATE_ADMIN_TOKEN: TOKEN, ...env } }),
    /** The key of the first start: it must outlive every kill. */
    key: () => /hg_\w{49}/.exec(readFileSync(join(cwd, "data", "first-run.txt"), "utf8"))![0],
  };
}

function asAdmin(url: string, method: string, path: string, body?: object): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Kills a gateway under load, again and again: every reply that was received whole has its row, and none has two. */
export async function killedUnderLoad({ engine, env = {}, read }: Kept): Promise<void> {
  const simulator = startSimulator();
  const { cwd, start, key } = installation(simulator, env);
  const journal: Journal = { sent: 0, acknowledged: new Map() };
  let checked = 0;
  let slowest = 0;
  let gateway = await start();
  const made = await asAdmin(gateway.url, "POST", "/admin/budgets", { scope: "gateway", limit_usd: 10_000 });
  expect(made.status).toBe(201);
  const { id: budget } = (await made.json()) as { id: string };
  for (let round = 0; round < ROUNDS; round++) {
    const before = journal.acknowledged.size;
    const { pid, url } = gateway;
    const kill = Promise.withResolvers<void>();
    await Promise.all([
      load(url, key(), journal, () => {
        if (journal.acknowledged.size === before + ENOUGH) kill.resolve();
      }),
      kill.promise.then(() => Bun.sleep(Math.random() * LATEST_KILL_MS)).then(() => process.kill(pid, "SIGKILL")),
    ]);
    expect(await gateway.exited).toBe(128 + 9);

    const restarted = performance.now();
    gateway = await start();
    slowest = Math.max(slowest, performance.now() - restarted);
    const fresh = [...journal.acknowledged.values()].slice(checked);
    checked += fresh.length;
    const answers = await Promise.all(
      fresh.map((id) =>
        fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${key()}` } }),
      ),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    // What was reserved by those that were killed is free.
    const state = (await (await asAdmin(gateway.url, "GET", `/admin/budgets/${budget}`)).json()) as object;
    expect(state).toMatchObject({ reserved_usd: 0 });
  }
  const { rows, cost, spent, lent } = await read(cwd);
  gateway.kill("SIGKILL");
  await gateway.exited;
  simulator.stop();

  const byUser = Map.groupBy(rows, ({ user }) => user);
  const lost = [...journal.acknowledged].filter(([user, id]) => byUser.get(user)?.[0]?.id !== id);
  const doubled = [...byUser].filter(([, found]) => found.length > 1);
  const unmetered = [...journal.acknowledged.keys()].filter((user) => byUser.get(user)?.[0]?.output !== 4);
  expect({ lost, doubled, unmetered, lent }).toEqual({ lost: [], doubled: [], unmetered: [], lent: 0 });
  expect(cost).toBeGreaterThan(0);
  expect(spent).toBe(cost);
  expect(journal.acknowledged.size).toBeGreaterThanOrEqual(ROUNDS * ENOUGH);
  const { size: value } = journal.acknowledged;
  tell({ row: "M1", what: `requests acknowledged, each with its one row (${engine})`, value });
  tell({ row: "M1", what: `longest restart (${engine})`, value: slowest, unit: "ms", atMost: 2000 });
}
