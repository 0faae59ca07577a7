import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nonsenseIsRefused } from "../support/admin-nonsense.ts";

nonsenseIsRefused(async () => {
  const data = mkdtempSync(join(tmpdir(), "headgate-admin-"));
  return {
    config: { data },
    async everything() {
      const database = new Database(join(data, "headgate.db"), { readonly: true });
      try {
        const tables = database.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
        return Object.fromEntries(
          (tables as { name: string }[]).map(({ name }) => [name, database.query(`SELECT * FROM "${name}"`).all()]),
        );
      } finally {
        database.close();
      }
    },
    stop: async () => rmSync(data, { recursive: true }),
  };
});
