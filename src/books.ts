import type { Accounts } from "./access/accounts.ts";
import type { Config } from "./config/schema.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { Missing, Standing } from "./gateway/standing.ts";
import { LedgerWriter } from "./ledger/writer.ts";
import type { Database } from "./store/database.ts";
import { GenerationStore } from "./store/generations.ts";
import { type AccountKey, PostgresLoans } from "./store/loans.ts";
import { Refuge } from "./store/refuge.ts";

export interface BooksParts {
  config: Config;
  database: Database;
  complain: Gateway["complain"];
}

/** So much longer than a gateway goes on without the database it is not taken for dead. */
const DEAD_AFTER_MS = 60_000;
/** How often it is asked again for those who wait for money; and how often what is not needed is given back. */
const HURRY_MS = 100;
const TEND_MS = 400;

/** What one process writes down, wherever it can be written, and what it borrows of limits that others spend of as well. */
export class Books {
  readonly generations: GenerationStore;
  readonly ledger: LedgerWriter;
  /** Absent with SQLite: nobody else spends. */
  readonly loans: PostgresLoans | undefined;
  private readonly refuge: Refuge;
  private readonly database: Database;
  private readonly graceMs: number;
  private readonly timers: Timer[] = [];
  private accounts: Accounts | undefined;

  private constructor({ config, database, complain }: BooksParts) {
    const name = crypto.randomUUID();
    const graceMs = config.ledger.grace_seconds * 1000;
    this.database = database;
    this.graceMs = graceMs;
    const tell = (cause: Error) => complain("ledger", cause);
    if (database.engine === "postgres") {
      const deadAfterMs = graceMs + DEAD_AFTER_MS;
      const lost = () => this.accounts?.forfeit();
      this.loans = new PostgresLoans({ database, replica: name, deadAfterMs, lost, complain: tell });
    }
    this.generations = new GenerationStore(database, this.loans === undefined ? undefined : name);
    this.refuge = new Refuge({
      ledger: this.generations,
      name,
      folder: config.data === ":memory:" ? undefined : config.data,
      graceMs,
      buried: async (other) => void (await this.loans?.takeBack(other)),
      complain: tell,
    });
    this.ledger = new LedgerWriter(this.refuge, complain);
  }

  /** How it stands with what is written down. @param atMs Unix milliseconds */
  readonly standing = (atMs: number): Standing => {
    const { refuses, waiting, inMemory, downMs } = this.refuge;
    const longest = Math.max(downMs ?? 0, this.database.downMs ?? 0);
    const isDown = downMs !== undefined || this.database.downMs !== undefined;
    // Who has nothing to write goes on until there is something.
    const servedUntil = atMs + this.graceMs - (downMs ?? 0);
    const missing: Missing[] = isDown ? [{ what: "database", since: atMs - longest, servedUntil }] : [];
    return { refuses, missing, rowsWaiting: waiting, rowsInMemory: inMemory };
  };

  /** With what processes before this one could not write. @throws what the engine says */
  static async open(parts: BooksParts): Promise<Books> {
    const books = new Books(parts);
    await books.loans?.begin();
    if (books.loans !== undefined) books.refuge.claim();
    await books.refuge.adopt();
    return books;
  }

  /** From here on what these accounts lack is asked for, and given back when it is not needed. */
  tend(accounts: Accounts): void {
    if (this.loans === undefined) return;
    this.accounts = accounts;
    let hurrying = false;
    const hurry = async () => {
      if (hurrying) return;
      hurrying = true;
      await accounts.hurry().finally(() => {
        hurrying = false;
      });
    };
    this.timers.push(
      setInterval(hurry, HURRY_MS),
      setInterval(() => this.tendNow(accounts), TEND_MS),
    );
    for (const timer of this.timers) timer.unref();
  }

  /** Without the database nothing is given back: what is lent is all that there is. */
  private tendNow(accounts: Accounts): void {
    const { loans, ledger, refuge } = this;
    if (loans === undefined || !loans.isInTouch || refuge.downMs !== undefined) return;
    accounts.tend();
    const isIdle = ({ scope, scopeId, period, startedAt }: AccountKey) => {
      const account = accounts.peek(scope, scopeId, period);
      const isUsed = account?.name.startedAt === startedAt && (account.granted !== 0 || account.reserved !== 0);
      return !isUsed && ledger.lag === 0 && refuge.waiting === 0;
    };
    void loans.clearUp(isIdle);
  }

  /** Writes what is still to be written, and gives back what was lent. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.ledger.close();
    await this.refuge.close();
    await this.loans?.close();
  }
}
