import { after, type Database, type Soon } from "./database.ts";

const OF_FILE = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()";
const OF_SERVER = `SELECT CAST(SUM(pg_total_relation_size(relid)) AS BIGINT) AS bytes
  FROM pg_stat_user_tables WHERE schemaname = current_schema()`;

/** Bytes that all tables have: of a SQLite file, without its log of writes; on disk, of PostgreSQL. */
export function sizeOf(database: Database): Soon<number> {
  const sql = database.engine === "sqlite" ? OF_FILE : OF_SERVER;
  return after(database.all<{ bytes: number | null }>(sql), ([row]) => row?.bytes ?? 0);
}
