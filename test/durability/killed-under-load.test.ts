import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { tell } from "../support/figures.ts";
import { chunksOf, dataOf } from "../support/gateway.ts";
import { cleanUp, folder, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

/** `DURABILITY_ROUNDS=40 DURABILITY_ENOUGH=250` for the long run. */
const ROUNDS = Number(process.env.DURABILITY_ROUNDS ?? 16);
/** Requests open at once, half of them streams. */
const WORKERS = 24;
/** Replies that must have been received before the kill, so that there is something to lose. */
const ENOUGH = Number(process.env.DURABILITY_ENOUGH ?? 40);
/** The kill comes within so many milliseconds after. */
const LATEST_KILL_MS = 120;

const ADMIN = "admin-token-of-the-test";

/** What the one budget there is has spent and reserved, in dollars. */
async function budgetOf(url: string, made?: object): Promise<{ spent_usd: number; reserved_usd: number }> {
  const answer = await fetch(`${url}/admin/budgets`, {
    headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
    ...(made === undefined ? {} : { method: "POST", body: JSON.stringify(made) }),
  });
  expect(answer.status).toBe(made === undefined ? 200 : 201);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  const told = (await answer.json()) as any;
  return made === undefined ? told.data[0] : told;
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
function installation(simulator: Simulator) {
  const cwd = folder();
  writeFileSync(
    join(cwd, "headgate.yaml"),
    `admin_token: ${ADMIN}
providers:
  openai: { api_key: sk-1, base_url: "${simulator.url}/openai/v1" }
  anthropic: { api_key: sk-2, base_url: "${simulator.url}/anthropic" }
`,
  );
  return {
    start: () => startHeadgate([], { cwd }),
    /** The key of the first start: it must outlive every kill. */
    key: () => /hg_\w{49}/.exec(readFileSync(join(cwd, "data", "first-run.txt"), "utf8"))![0],
    database: () => new Database(join(cwd, "data", "headgate.db")),
  };
}

test(
  `kill -9 under load, ${ROUNDS} times: every reply that was received whole has its row, and none has two`,
  async () => {
    const simulator = startSimulator();
    const { start, key, database } = installation(simulator);
    const journal: Journal = { sent: 0, acknowledged: new Map() };
    let checked = 0;
    let slowest = 0;
    let gateway = await start();
    await budgetOf(gateway.url, { scope: "gateway", limit_usd: 1000 });
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
      // What was reserved died with whom it was reserved for.
      expect((await budgetOf(gateway.url)).reserved_usd).toBe(0);
    }
    gateway.kill("SIGKILL");
    await gateway.exited;
    simulator.stop();

    using rows = database();
    expect(rows.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    // Each row is on the account, once, with what it cost.
    const [spent] = rows.query("SELECT spent FROM accounts").values();
    expect(spent).toEqual(rows.query("SELECT SUM(cost) FROM generations").values()[0]!);
    const kept = rows.query<{ id: string; user: string; output: number | null }, []>(
      "SELECT id, user, output FROM generations",
    );
    const byUser = Map.groupBy(kept.all(), ({ user }) => user);
    const lost = [...journal.acknowledged].filter(([user, id]) => byUser.get(user)?.[0]?.id !== id);
    const doubled = [...byUser].filter(([, found]) => found.length > 1);
    const unmetered = [...journal.acknowledged.keys()].filter((user) => byUser.get(user)?.[0]?.output !== 4);
    expect({ lost, doubled, unmetered }).toEqual({ lost: [], doubled: [], unmetered: [] });
    expect(journal.acknowledged.size).toBeGreaterThanOrEqual(ROUNDS * ENOUGH);
    tell({ row: "M1", what: "requests acknowledged, each with its one row", value: journal.acknowledged.size });
    tell({ row: "M1", what: "longest restart", value: slowest, unit: "ms", atMost: 2000 });
  },
  { timeout: 60_000 + ROUNDS * 5_000 },
);
