import type { SQL } from "bun";
import { explained, unavailable } from "./outage.ts";

/** SQLSTATE classes by which a server says that it cannot be used now: it is going, full, may only be read, or lets nobody in with this password or to this database. */
const GOING = /^(08|28|3D|53|57P|58|25006)/;
/**
 * What it gave up because it took too long, or somebody else had locked what it wanted: it is there, and that alone cannot be had now. So it
 * is with tables that are not there: another server has taken its place, and has not been filled yet.
 */
const GAVE_UP = /^(57014|55P03|42P01|3F000)$/;

/** It is no more the one that is written to: another has its place, or it may be written to again, which connections of now need not see. */
const ONLY_READ = "25006";

/** Of one alone. */
const LATE = Symbol();

/** So long after a failure nobody is sent to the server; then one finds out, while the others are told at once. */
const LEFT_ALONE_MS = 500;
/** What is still under way at the end is waited for so long. */
const END_SECONDS = 1;

/**
 * Connections to a server that may go away, or say nothing any more: what waits for an answer for too long fails. Where nothing else was
 * answered meanwhile, all that waits beside it fails as well, and the next finds new connections.
 */
export class PostgresPool {
  private readonly open: () => SQL;
  private readonly now: () => number;
  private sql: SQL;
  private failedAt: number | undefined;
  private downSince: number | undefined;
  private trying = false;
  /** How often it has answered. */
  private answers = 0;
  private closed = false;

  constructor(open: () => SQL, now = () => performance.now()) {
    this.open = open;
    this.now = now;
    this.sql = open();
  }

  /** For how many milliseconds whatever was asked of the server has failed; `undefined` when it answered last. */
  get downMs(): number | undefined {
    return this.downSince === undefined ? undefined : this.now() - this.downSince;
  }

  /**
   * What is done with a connection, within so many milliseconds. @param failed of what may have been done all the same
   * @throws GatewayError `database_unavailable`; else what the server says
   */
  async use<T>(work: (sql: SQL) => Promise<T>, withinMs: number, failed = unavailable): Promise<T> {
    const trial = this.failedAt !== undefined;
    if (trial) this.mustTry();
    const { sql, answers } = this;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      if (this.answers === answers) this.renew(sql, { timeout: 0 });
      // It is there: who waits for a lock, or for much, is no reason to break off what others do.
      else reject(LATE);
    }, withinMs);
    try {
      const working = work(sql);
      working.catch(() => {});
      const result = await Promise.race([working, late]);
      this.answered();
      return result;
    } catch (thrown) {
      if (thrown === LATE) throw failed(new Error(`no answer within ${withinMs} ms`));
      if (!isGone(thrown)) {
        if (thrown instanceof Bun.SQL.PostgresError) this.answered();
        throw gaveUp(thrown) ? unavailable(thrown) : thrown instanceof Error ? explained(thrown) : thrown;
      }
      this.failedAt = this.now();
      this.downSince ??= this.failedAt;
      if (stateOf(thrown) === ONLY_READ) this.renew(sql);
      throw failed(thrown);
    } finally {
      clearTimeout(timer);
      if (trial) this.trying = false;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.sql.close({ timeout: END_SECONDS });
  }

  private answered(): void {
    this.answers++;
    this.failedAt = undefined;
    this.downSince = undefined;
  }

  private mustTry(): void {
    if (this.trying || this.now() - (this.failedAt ?? 0) < LEFT_ALONE_MS)
      throw unavailable(new Error("it has just failed"));
    this.trying = true;
  }

  /** Whoever comes later finds new connections. What is under way on these goes on, where nobody says for how long. */
  private renew(sql: SQL, still?: { timeout: number }): void {
    if (this.sql !== sql || this.closed) return;
    this.sql = this.open();
    sql.close(still).catch(() => {});
  }
}

/** The SQLSTATE of what the server has said itself. */
function stateOf(thrown: unknown): string | undefined {
  const { code, errno } = thrown as { code?: unknown; errno?: unknown };
  if (code !== "ERR_POSTGRES_SERVER_ERROR") return undefined;
  return typeof errno === "string" ? errno : "";
}

function gaveUp(thrown: unknown): boolean {
  return GAVE_UP.test(stateOf(thrown) ?? "");
}

function isGone(thrown: unknown): boolean {
  const state = stateOf(thrown);
  if (state !== undefined) return GOING.test(state);
  // Of what it has not said itself, but for what is wrong with a value, the way to it is the reason: a certificate that has run out, too.
  return typeof (thrown as { code?: unknown }).code === "string" && !(thrown instanceof TypeError);
}
