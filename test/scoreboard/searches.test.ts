import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteFile } from "../../src/store/sqlite-file.ts";
import { searchesHold } from "../support/searches.ts";

const data = mkdtempSync(join(tmpdir(), "headgate-searches-"));
afterAll(() => rmSync(data, { recursive: true }));

searchesHold(async () => new SqliteDatabase(openSqliteFile({ data, sync: "normal" })));
