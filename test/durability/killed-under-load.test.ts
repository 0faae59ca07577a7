import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { cleanUp } from "../support/process.ts";
import { type Books, killedUnderLoad, LONGEST_MS, ROUNDS } from "./killed.ts";

afterEach(cleanUp);

test(
  `kill -9 under load, ${ROUNDS} times: every reply that was received whole has its row, and none has two`,
  () =>
    killedUnderLoad({
      engine: "SQLite",
      async read(cwd) {
        using file = new Database(join(cwd, "data", "headgate.db"), { readonly: true });
        expect(file.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
        const sum = (sql: string) => file.query<{ n: number }, []>(sql).get()!.n;
        return {
          rows: file.query<Books["rows"][number], []>("SELECT id, user, output FROM generations").all(),
          cost: sum("SELECT sum(cost) AS n FROM generations"),
          spent: sum("SELECT spent AS n FROM accounts"),
          lent: sum("SELECT lent AS n FROM accounts"),
        };
      },
    }),
  LONGEST_MS,
);
