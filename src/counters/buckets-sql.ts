import { createHash } from "node:crypto";
import type { Bucket } from "./buckets.ts";

/** The texts of `SqlBuckets`, for PostgreSQL. Each looks at the row that it has locked: two at the same moment come one after the other. */

const WINDOW_US = 60_000_000;
/** No debt is kept beyond this: what lies further ahead was written before that clock was set back. */
const FURTHEST_US = 600_000_000;

const NOW = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
const FULL = `CASE WHEN b.full_at < ${NOW} THEN ${NOW} WHEN b.full_at > ${NOW} + ${FURTHEST_US} THEN ${NOW} + ${WINDOW_US} ELSE b.full_at END`;
/** name, microseconds; and whether it may become a debt. */
export const DRAW = `INSERT INTO buckets AS b (name, full_at, held) VALUES (?, ${NOW} + GREATEST(0, CAST(? AS BIGINT)), '{}')
  ON CONFLICT (name) DO UPDATE SET full_at = LEAST(${FULL} + CAST(? AS BIGINT), ${NOW} + ${FURTHEST_US})
  WHERE CAST(? AS BIGINT) = 1 OR ${FULL} + CAST(? AS BIGINT) <= ${NOW} + CAST(? AS BIGINT)
  RETURNING GREATEST(0, full_at - ${NOW}) AS level`;
export const LEVEL = `SELECT GREATEST(0, ${FULL} - ${NOW}) AS level FROM buckets AS b WHERE name = ?`;
/** What others hold, as far as it is believed. */
const OTHERS = `(SELECT COALESCE(SUM(CAST(value ->> 0 AS BIGINT)), 0) FROM jsonb_each(CAST(b.held AS jsonb))
  WHERE key <> CAST(? AS TEXT) AND CAST(value ->> 1 AS BIGINT) BETWEEN ${NOW} AND ${NOW} + CAST(? AS BIGINT))`;
const MINE = `jsonb_build_object(CAST(? AS TEXT), jsonb_build_array(CAST(? AS BIGINT), ${NOW} + CAST(? AS BIGINT)))`;
export const HOLD = `INSERT INTO buckets AS b (name, full_at, held) VALUES (?, 0, CAST(${MINE} AS TEXT))
  ON CONFLICT (name) DO UPDATE SET held = CAST((SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(CAST(b.held AS jsonb) || ${MINE})
    WHERE CAST(value ->> 0 AS BIGINT) > 0 AND CAST(value ->> 1 AS BIGINT) > ${NOW}) AS TEXT)
  WHERE CAST(? AS BIGINT) = 1 OR ${OTHERS} + CAST(? AS BIGINT) <= CAST(? AS BIGINT)
  RETURNING 1 AS told`;
export const PRUNE = `DELETE FROM buckets AS b WHERE b.full_at < ${NOW} - ${FURTHEST_US} AND b.held = '{}'`;
/** Those that have said within a minute that they are there. */
export const REPLICAS = `SELECT CAST(COUNT(*) AS BIGINT) AS count FROM replicas WHERE seen_at > ${NOW} / 1000 - 60000`;

/** Names hold what clients say. */
export function keyOf({ name }: Bucket): string {
  return createHash("sha256").update(name).digest("base64url").slice(0, 22);
}
