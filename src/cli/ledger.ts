import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { usd } from "../core/money.ts";
import { type AccountDifference, AccountVerification } from "../store/account-verification.ts";
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
  means:
    "ledger verify: compare what reports are made from, and what is spent of budgets, with the rows. ledger rebuild: add it up anew.",
  options: OPTIONS,
  async run([action, ...args]) {
    if (action !== "verify" && action !== "rebuild")
      throw new UsageError("ledger wants to know what to do: headgate ledger verify, or headgate ledger rebuild");
    const { config } = loadConfig(readOptions(args, OPTIONS), process.env);
    const database = await opened(config, action);
    try {
      const areSumsTrue = await sums(database, action);
      const areAccountsTrue = await accounts(database, action, config);
      return areSumsTrue && areAccountsTrue ? 0 : 1;
    } finally {
      await database.close();
    }
  },
};

type Action = "verify" | "rebuild";

async function sums(database: Database, action: Action): Promise<boolean> {
  const verification = new Verification(database);
  if (action === "rebuild") await verification.rebuild();
  const { differences, days } = await verification.differences();
  if (differences.length === 0) {
    process.stdout.write(`${days} days: what reports are made from is what the rows say.\n`);
    return true;
  }
  for (const one of differences) process.stdout.write(`${told(one)}\n`);
  process.stdout.write("Sums are not those of their rows: headgate ledger rebuild adds them up anew.\n");
  return false;
}

async function accounts(
  database: Database,
  action: Action,
  { budgets, ledger: { keep_days } }: Config,
): Promise<boolean> {
  const nowMs = Date.now();
  const hasCeiling = budgets.ceiling_price !== undefined;
  const verification = new AccountVerification({ database, keepDays: keep_days, hasCeiling, nowMs });
  let { differences, periods, totals } = await compared(verification, nowMs);
  for (; action === "rebuild" && differences.length > 0; { differences } = await compared(verification, nowMs)) {
    for (const one of differences) process.stdout.write(`${toldAccount(one)}, which it says from now on\n`);
    await verification.mend(differences);
  }
  for (const { scope, scopeId, why } of totals.untold)
    process.stdout.write(`total budget of ${scope} ${scopeId}: not compared, ${why}\n`);
  if (differences.length === 0) {
    const which = `${periods} periods of budgets, ${totals.compared} budgets without an end`;
    process.stdout.write(`${which}: what is spent of them is what the rows say.\n`);
    return true;
  }
  for (const one of differences) process.stdout.write(`${toldAccount(one)}\n`);
  process.stdout.write("Budgets are not what their rows cost: headgate ledger rebuild has them say that.\n");
  return false;
}

/** Those of periods, and those without an end. */
async function compared(verification: AccountVerification, nowMs: number) {
  const { differences, periods } = await verification.differences(nowMs);
  const totals = await verification.totals();
  return { differences: [...differences, ...totals.differences], periods, totals };
}

function toldAccount({ scope, scopeId, period, startedAt, rows, spent }: AccountDifference): string {
  const when = period === "total" ? period : `${new Date(startedAt).toISOString().slice(0, 10)} ${period}`;
  return `${when} budget of ${scope} ${scopeId}: ${usd(Number(spent))} USD are spent, the rows have ${usd(Number(rows))} USD`;
}

/** To be looked at, while a gateway may be writing; or to be changed, when none is. */
async function opened({ data, database, ledger: { sync } }: Config, action: Action): Promise<Database> {
  if (database !== undefined) return openPostgres(database.url, database.connections);
  return new SqliteDatabase(action === "verify" ? openSqliteReader(data) : openSqliteFile({ data, sync }));
}

function told({ table, at, requests, cost, n, ...names }: Difference): string {
  const isDay = table.endsWith("_days");
  const when = new Date((isDay ? at * 24 : at) * 3_600_000).toISOString().slice(0, isDay ? 10 : 13);
  const which = Object.values(names).filter((name) => typeof name === "string" && name !== "");
  const what =
    n === undefined ? `${signed(requests ?? 0)} requests and ${signed(usd(Number(cost)))} USD` : `${signed(n)}`;
  return `${when} ${which.join(" ")}: the rows have ${what}`;
}

function signed(value: number | string): string {
  return String(value).startsWith("-") ? String(value) : `+${value}`;
}
