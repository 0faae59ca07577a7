import type { Statement, Value } from "./database.ts";
import type { AccountKey } from "./loans.ts";

/** The texts of `PostgresLoans`. */

/** Of what is left, this part is lent beside what is asked for, where it is plenty: so that not every request has to ask. */
const SPARE_PART = 64;

const ACCOUNT = "scope = ? AND scope_id = ? AND period = ? AND started_at = ?";
const NOW = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

export const OPEN = `INSERT INTO accounts (scope, scope_id, period, started_at, spent, byok_spent) VALUES (?, ?, ?, ?, 0, 0)
  ON CONFLICT (scope, scope_id, period, started_at) DO NOTHING`;
/** Whoever changes what is lent of an account holds its row: the next sees what became of it. */
export const HOLD = `SELECT 1 FROM accounts WHERE ${ACCOUNT} FOR UPDATE`;
export const LEND = `WITH alive AS (
    SELECT id FROM replicas WHERE id = ? FOR KEY SHARE
  ), account AS (
    SELECT spent, byok_spent, ? - spent - lent - CASE WHEN ? = 1 THEN byok_spent ELSE 0 END AS room
    FROM accounts WHERE ${ACCOUNT} FOR UPDATE
  ), loan AS (
    SELECT spent, byok_spent, CASE
      WHEN room < asked.least OR NOT EXISTS (SELECT 1 FROM alive) THEN 0
      WHEN room / ${SPARE_PART} >= asked.want THEN asked.want + room / ${SPARE_PART}
      ELSE LEAST(room, asked.want) END AS granted
    FROM account, (SELECT CAST(? AS BIGINT) AS want, CAST(? AS BIGINT) AS least) AS asked
  ), taken AS (
    UPDATE accounts SET lent = accounts.lent + loan.granted FROM loan WHERE ${ACCOUNT} AND loan.granted > 0
  ), noted AS (
    INSERT INTO leases (replica, scope, scope_id, period, started_at, lent)
    SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), granted FROM loan WHERE granted > 0
    ON CONFLICT (replica, scope, scope_id, period, started_at) DO UPDATE SET lent = leases.lent + excluded.lent
  ) SELECT granted, spent, byok_spent AS "byokSpent" FROM loan`;
const TAKE_FROM_ACCOUNT = `UPDATE accounts SET lent = lent - LEAST(CAST(? AS BIGINT),
  COALESCE((SELECT lent FROM leases WHERE replica = ? AND ${ACCOUNT}), 0)) WHERE ${ACCOUNT}`;
const TAKE_FROM_LEASE = `UPDATE leases SET lent = lent - LEAST(CAST(? AS BIGINT), lent) WHERE replica = ? AND ${ACCOUNT}`;
export const CLEAR = `DELETE FROM leases WHERE replica = ? AND ${ACCOUNT} AND lent = 0`;
export const BEAT = `INSERT INTO replicas (id, seen_at) VALUES (?, ${NOW}) ON CONFLICT (id) DO UPDATE SET seen_at = ${NOW} RETURNING seen_at AS "seenAt"`;
export const BEAT_AGAIN = `UPDATE replicas SET seen_at = ${NOW} WHERE id = ? RETURNING seen_at AS "seenAt"`;
/** The others, and those who were taken for dead by somebody who did not come to the end of it. */
export const OTHERS = `SELECT id, seen_at AS "seenAt", CASE WHEN seen_at < ${NOW} - ? THEN 1 ELSE 0 END AS late FROM replicas WHERE id <> ?
  UNION SELECT replica, -1, 1 FROM leases WHERE NOT EXISTS (SELECT 1 FROM replicas WHERE id = replica)`;
export const LEASES = `SELECT scope, scope_id AS "scopeId", period, started_at AS "startedAt" FROM leases WHERE replica = ?`;
/** Whoever has been heard of meanwhile is not dead. From then on nothing is lent to it. */
export const BURY = "DELETE FROM replicas WHERE id = ? AND (seen_at = ? OR ? = 1)";
/** No time at which anybody was seen: nobody is there by that name. */
export const NEVER = -1;

export function valuesOf({ scope, scopeId, period, startedAt }: AccountKey): Value[] {
  return [scope, scopeId, period, startedAt];
}

/** What was lent to a replica becomes less by so much, or by all of it: because it was spent, or is not needed. The row of the account is held. */
export function returned(replica: string, account: AccountKey, nanodollars: number): Statement[] {
  const key = valuesOf(account);
  return [
    { sql: TAKE_FROM_ACCOUNT, values: [nanodollars, replica, ...key, ...key] },
    { sql: TAKE_FROM_LEASE, values: [nanodollars, replica, ...key] },
  ];
}
