import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openSqliteFile } from "../../src/store/sqlite-file.ts";
import { chat, KEY_BUDGET, openBank } from "../budgets/support.ts";
import { sized, tell } from "../support/figures.ts";
import { chunksOf, dataOf } from "../support/gateway.ts";
import { type Child, cleanUp, DIRECT, folder, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

/** To start and to end a gateway takes seconds. */
const LONGEST_MS = sized(30_000, 120_000);
/** For so long the database is held, or away, in milliseconds. */
const [HELD_MS, AWAY_MS] = [sized(0, 10_000), sized(0, 60_000)];

/** A gateway with a file for its database, which something happens to. */
interface World {
  readonly gateway: Child & { url: string };
  readonly cwd: string;
  readonly key: string;
  /** Ids of the generations whose replies were received whole, streams in turn. */
  readonly answered: string[];
  /** Asks so many at once, all of whom must be answered. */
  ask(times: number): Promise<void>;
}

interface Given {
  /** What is done before it starts, in its data folder. */
  before?: (cwd: string) => Promise<void> | void;
  command?: (cwd: string) => readonly string[];
  grace?: number;
}

async function world({ before, command, grace = 300 }: Given = {}): Promise<World> {
  const cwd = folder();
  writeFileSync(join(cwd, "headgate.yaml"), `ledger: { grace_seconds: ${grace} }\n`);
  await before?.(cwd);
  const key = "a-key-of-the-environment";
  const env = { AI_GATEWAY_API_KEY: key };
  const gateway = await startHeadgate([], { cwd, env, ...(command && { command: command(cwd) }) });
  const answered: string[] = [];
  const one = async (stream: boolean) => {
    const response = await askedOf(gateway.url, key, stream);
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.any(String)]);
    if (stream) expect(dataOf(text).at(-1)).toBe("[DONE]");
    answered.push(stream ? chunksOf(text)[0].id : JSON.parse(text).id);
  };
  return {
    gateway,
    cwd,
    key,
    answered,
    async ask(times) {
      await Promise.all(Array.from({ length: times }, (_, i) => one(i % 2 === 1)));
    },
  };
}

function askedOf(url: string, key: string, stream = false): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "openai/gpt-5",
      stream,
      messages: [{ role: "user", content: "[sim tokens=4]" }],
    }),
  });
}

/** Every answer has its row, once, in rows and in sums. */
function mustBeBooked(database: Database, { answered }: World): void {
  const rows = database.query<{ id: string }, []>("SELECT id FROM generations").all();
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(answered));
  expect(rows).toHaveLength(answered.length);
  const sums = database.query<{ n: number | bigint }, []>("SELECT sum(requests) AS n FROM rollups").get();
  expect(Number(sums?.n)).toBe(answered.length);
  expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
}

/** Ends it, and looks at what it has left. */
async function ended({ gateway, cwd }: World): Promise<Database> {
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toBe(0);
  return new Database(join(cwd, "data", "headgate.db"));
}

const FAILS = /ledger .*the database fails \((.+)\): what is used is kept beside it/;
const BACK = /ledger .*the database is back after ([\d.]+) s; of (\d+) generations each is in it once/;

/** Asks before, while and after; nobody may notice. */
async function throughout(one: World, fault: () => () => void, says: RegExp, lastsMs = 0): Promise<void> {
  await one.ask(4);
  const mend = fault();
  await one.ask(6);
  expect((await one.gateway.says(FAILS))[1]).toMatch(says);
  const failed = performance.now();
  do {
    await one.ask(6);
    // All the while, and not as fast as it can: what is served meanwhile is in a file of its own.
    if (lastsMs > 0) await Bun.sleep(50);
  } while (performance.now() - failed < lastsMs);
  if (lastsMs > 0)
    tell({ row: "U14", what: `served while ${says.source}, for ${lastsMs / 1000} s`, value: one.answered.length });
  // Whoever has no key has none now either, and whoever has one is not told that it is none.
  expect((await askedOf(one.gateway.url, "no-key")).status).toBe(401);
  mend();
  const mended = performance.now();
  await one.gateway.says(BACK);
  tell({ row: "U14", what: `back after ${says.source}`, value: performance.now() - mended, unit: "ms", atMost: 5000 });
  await one.ask(4);
  using database = await ended(one);
  mustBeBooked(database, one);
}

describe("while the database cannot be written, everybody is served, and all of it is in it when it can be again:", () => {
  test(
    "another program holds it",
    async () => {
      const one = await world();
      await throughout(
        one,
        () => {
          const other = new Database(join(one.cwd, "data", "headgate.db"));
          other.run("BEGIN IMMEDIATE");
          return () => {
            other.run("ROLLBACK");
            other.close();
          };
        },
        /locked/,
        HELD_MS,
      );
    },
    LONGEST_MS,
  );

  test(
    "its file was moved away",
    async () => {
      const one = await world();
      const file = join(one.cwd, "data", "headgate.db");
      await throughout(
        one,
        () => {
          renameSync(file, `${file}.away`);
          return () => renameSync(`${file}.away`, file);
        },
        /is gone: put it back/,
        AWAY_MS,
      );
    },
    LONGEST_MS,
  );

  test(
    "a page of it is spoiled",
    async () => {
      // Before it starts, so that it has not read the page yet.
      let page = Buffer.alloc(0);
      let at = 0;
      const write = (cwd: string, bytes: Buffer) => {
        const file = openSync(join(cwd, "data", "headgate.db"), "r+");
        writeSync(file, bytes, 0, bytes.length, at);
        closeSync(file);
      };
      const one = await world({
        async before(cwd) {
          const first = await startHeadgate([], { cwd });
          first.kill("SIGTERM");
          await first.exited;
          const path = join(cwd, "data", "headgate.db");
          using database = new Database(path);
          database.run("PRAGMA wal_checkpoint(TRUNCATE)");
          const { root } = database
            .query<{ root: number }, []>("SELECT rootpage AS root FROM sqlite_schema WHERE name = 'rollups'")
            .get()!;
          const { page_size } = database.query<{ page_size: number }, []>("PRAGMA page_size").get()!;
          at = (root - 1) * page_size;
          page = Buffer.alloc(page_size);
          readFileSync(path).copy(page, 0, at);
          write(cwd, Buffer.alloc(page_size, 0x58));
        },
      });
      const fails = one.gateway.says(FAILS);
      // Sums are written a moment after rows, and fail the next ones.
      for (let failed = false; !failed; ) {
        await one.ask(2);
        failed = await Promise.race([fails.then(() => true), Bun.sleep(50).then(() => false)]);
      }
      expect((await fails)[1]).toMatch(/malformed/);
      write(one.cwd, page);
      await one.gateway.says(BACK);
      await one.ask(2);
      using database = await ended(one);
      mustBeBooked(database, one);
    },
    LONGEST_MS,
  );

  /** Its data folder is a small disk of its own. */
  const onOwnDisk = (cwd: string) => {
    mkdirSync(join(cwd, "data"));
    const mount = `mount -t tmpfs -o size=8m tmpfs "${join(cwd, "data")}" && exec "$@"`;
    return ["unshare", "-rm", "sh", "-c", mount, "sh", ...DIRECT];
  };
  /** What the gateway sees there. */
  const seenBy = ({ gateway: { pid }, cwd }: World, name: string) => join(`/proc/${pid}/root`, cwd, "data", name);

  /** As `ended`, but the disk goes with the process. */
  async function mustBeBookedThere(one: World): Promise<void> {
    const copy = join(one.cwd, "copy");
    mkdirSync(copy);
    for (const name of ["headgate.db", "headgate.db-wal"])
      writeFileSync(join(copy, name), readFileSync(seenBy(one, name)));
    using database = openSqliteFile({ data: copy, sync: "normal" });
    mustBeBooked(database, one);
  }

  test(
    "the disk is full",
    async () => {
      const one = await world({ command: onOwnDisk });
      await one.ask(4);
      const filler = seenBy(one, "filler");
      const file = openSync(filler, "w");
      const piece = Buffer.alloc(4096);
      const fill = () => {
        try {
          for (;;) writeSync(file, piece);
        } catch {
          // Full.
        }
      };
      fill();
      // The last page may have had room for some of them.
      for (let i = 0; i < 3; i++) await one.ask(6);
      expect((await one.gateway.says(FAILS))[1]).toMatch(/full|I\/O/);
      await one.gateway.says(/nothing can be written in .* either: what is used is kept in memory/);
      rmSync(filler);
      closeSync(file);
      await one.gateway.says(BACK);
      await one.ask(4);
      await mustBeBookedThere(one);
    },
    LONGEST_MS,
  );
});

describe("when it has failed for longer than the time of grace", () => {
  test(
    "nothing is begun, with 503 and when to come again; once it is back, all is as before",
    async () => {
      const one = await world({ grace: 0 });
      await one.ask(2);
      const other = new Database(join(one.cwd, "data", "headgate.db"));
      other.run("BEGIN IMMEDIATE");
      await one.ask(1);
      await one.gateway.says(FAILS);
      const refused = await askedOf(one.gateway.url, one.key);
      expect([refused.status, await refused.json()]).toEqual([
        503,
        expect.objectContaining({ error: expect.objectContaining({ code: "ledger_unavailable" }) }),
      ]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await askedOf(one.gateway.url, "no-key")).status).toBe(401);
      other.run("ROLLBACK");
      other.close();
      await one.gateway.says(BACK);
      await one.ask(2);
      using database = await ended(one);
      mustBeBooked(database, one);
    },
    LONGEST_MS,
  );
});

describe("a process that is killed while the database fails", () => {
  test(
    "leaves what it had answered in a file, and the next start writes it, once",
    async () => {
      const one = await world();
      await one.ask(3);
      const file = join(one.cwd, "data", "headgate.db");
      const other = new Database(file);
      other.run("BEGIN IMMEDIATE");
      await one.ask(8);
      one.gateway.kill("SIGKILL");
      await one.gateway.exited;
      other.run("ROLLBACK");
      other.close();
      const again = await startHeadgate([], { cwd: one.cwd });
      expect((await again.says(/ (\d+) generations that were waiting for the database are in it now/))[1]).toBe("8");
      again.kill("SIGTERM");
      await again.exited;
      using database = new Database(file);
      mustBeBooked(database, one);
    },
    LONGEST_MS,
  );
});

test(
  "while it fails, budgets hold: what is left is spent from memory, and not more, and all of it is charged afterwards",
  async () => {
    const data = join(folder(), "data");
    const bank = await openBank({ config: { data } });
    try {
      const post = async () => (await bank.gateway.post("/v1/chat/completions", chat(100))).status;
      const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.05 });
      expect([await post(), await post()]).toEqual([200, 200]);
      const other = new Database(join(data, "headgate.db"));
      other.run("BEGIN IMMEDIATE");
      const statuses = await Promise.all(Array.from({ length: 8 }, post));
      expect(statuses.toSorted()).toEqual([200, 200, 200, 402, 402, 402, 402, 402]);
      other.run("ROLLBACK");
      const spent = () => other.query<{ spent: number }, []>("SELECT spent FROM accounts").get()?.spent;
      while (spent() !== 50_000_000) await new Promise(setImmediate);
      // The operator hears of it last.
      while (!bank.gateway.complaints.some((cause) => /is back after/.test(String(cause))))
        await new Promise(setImmediate);
      expect(await bank.state(id)).toMatchObject({ spent_usd: 0.05, reserved_usd: 0 });
      expect(await post()).toBe(402);
      other.close();
    } finally {
      bank.gateway.complaints.length = 0;
      await bank.stop();
    }
  },
  LONGEST_MS,
);
