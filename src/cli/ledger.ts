import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { usd } from "../core/money.ts";
import type { Database } from "../store/database.ts";
import { openPostgres } from "../store/postgres.ts";
import { SqliteDatabase } from "../store/sqlite.ts";
import { openSqliteFile, openSqliteReader } from "../store/sqlite-file.ts";
import { type Difference, Verification } from "../store/verification.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { type Command, readOptions, UsageError } from "./usage.ts";

const { config, data } = CONFIG_OPTIONS;
const OPTIONS = { config, data };

export const ledger: Command = {
  means: "ledger verify: compare what reports are made from with the rows. ledger rebuild: add it up anew.",
  options: OPTIONS,
  async run([action, ...args]) {
    if (action !== "verify" && action !== "rebuild")
      throw new UsageError("ledger wants to know what to do: headgate ledger verify, or headgate ledger rebuild");
    const loaded = loadConfig(readOptions(args, OPTIONS), process.env);
    const database = await opened(loaded.config, action);
    try {
      const verification = new Verification(database);
      if (action === "rebuild") await verification.rebuild();
      const { differences, days } = await verification.differences();
      if (differences.length === 0) {
        process.stdout.write(`${days} days: what reports are made from is what the rows say.\n`);
        return 0;
      }
      for (const one of differences) process.stdout.write(`${told(one)}\n`);
      process.stdout.write("Sums are not those of their rows: headgate ledger rebuild adds them up anew.\n");
      return 1;
    } finally {
      await database.close();
    }
  },
};

/** To be looked at, while a gateway may be writing; or to be changed, when none is. */
async function opened({ data, database, ledger: { sync } }: Config, action: "verify" | "rebuild"): Promise<Database> {
  if (database !== undefined) return openPostgres(database.url);
  return new SqliteDatabase(action === "verify" ? openSqliteReader(data) : openSqliteFile({ data, sync }));
}

function told({ table, at, requests, cost, ...names }: Difference): string {
  const hours = table === "rollups" ? at : at * 24;
  const when = new Date(hours * 3_600_000).toISOString().slice(0, table === "rollups" ? 13 : 10);
  const which = Object.values(names).filter((name) => typeof name === "string" && name !== "");
  return `${when} ${which.join(" ")}: the rows have ${signed(requests)} requests and ${signed(usd(cost))} USD`;
}

function signed(value: number | string): string {
  return String(value).startsWith("-") ? String(value) : `+${value}`;
}
