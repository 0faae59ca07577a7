import { GatewayError } from "../core/error.ts";

/** Classes of SQLSTATE that complain about what was asked for, and would of the same again: values, constraints. */
const OURS = /^(22|23)/;
/** Others were faster; the same may go well at once. */
const AGAIN = /^40/;
/** SQLite's, likewise: of everything else the file, the disk or another process is the reason. */
const OURS_HERE = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE|MISUSE)/;

interface Told {
  /** `SQLITE_…`, `ERR_POSTGRES_…` */
  code?: unknown;
  /** The server's SQLSTATE, where it has said something. */
  errno?: unknown;
}

/** Whether the engine is the reason, and not what it was asked for: the same may be written later. Of what no engine has said, never. */
export function isOutage(thrown: unknown): boolean {
  if (thrown instanceof GatewayError) return thrown.code === "database_unavailable";
  const { code, errno } = (thrown ?? {}) as Told;
  if (typeof code !== "string") return false;
  if (code.startsWith("SQLITE_")) return !OURS_HERE.test(code);
  return code.startsWith("ERR_POSTGRES_") && !(typeof errno === "string" && OURS.test(errno));
}

/** Whether the server gave way to another transaction, and the same may go well at once. */
export function gaveWay(thrown: unknown): boolean {
  const cause = thrown instanceof GatewayError ? thrown.cause : thrown;
  const { errno } = (cause ?? {}) as Told;
  return typeof errno === "string" && AGAIN.test(errno);
}

/** Whether a row is already there. */
export function isDoubled(thrown: unknown): boolean {
  const { code, errno } = (thrown ?? {}) as Told;
  return errno === "23505" || code === "SQLITE_CONSTRAINT_PRIMARYKEY" || code === "SQLITE_CONSTRAINT_UNIQUE";
}

/** What clients are told instead of what an engine says. */
export function unavailable(cause: unknown): GatewayError {
  return new GatewayError("database_unavailable", "The database does not answer. Try again in a moment.", { cause });
}

/** And where nobody has said whether what they had written is kept. */
export function unsure(cause: unknown): GatewayError {
  const message =
    "The database does not answer. What was asked for may be kept all the same: look before you try again.";
  return new GatewayError("database_unavailable", message, { cause });
}

/** By what a pool before the server gives itself away, and what to change then. */
const POOLED = [
  {
    sign: /unsupported startup parameter/,
    change: "a pool stands before it: PgBouncer needs `ignore_startup_parameters = statement_timeout, lock_timeout`",
  },
  {
    sign: /prepared statement "[^"]*" (already exists|does not exist)/,
    change:
      "a pool before it gives each transaction another connection: it must pool sessions, for PgBouncer `pool_mode = session`, or the address be the server's own",
  },
] as const;

/** The same, with what to change where a pool before the server is the reason. */
export function explained(thrown: Error): Error {
  const pooled = POOLED.find(({ sign }) => sign.test(thrown.message));
  if (pooled === undefined) return thrown;
  const { code } = thrown as Told;
  return Object.assign(new Error(`${thrown.message}: ${pooled.change}`, { cause: thrown }), { code });
}
