import { type Account, Accounts } from "../access/accounts.ts";
import { Alerts } from "../access/alerts.ts";
import { type Budget, BudgetBook, EACH, type Scope } from "../access/budget.ts";
import { BudgetGate } from "../access/budget-gate.ts";
import type { Loans, Till } from "../access/till.ts";
import { ConfigError } from "../config/explain.ts";
import type { Config } from "../config/schema.ts";
import { ulid } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import { type Period, spanAt } from "../core/period.ts";
import type { Charge } from "../store/accounts.ts";
import type { BudgetRow, BudgetStore } from "../store/budgets.ts";
import { Webhook } from "../upstream/webhook.ts";
import { priceOf } from "./own-provider.ts";
import { secretFile } from "./secret-file.ts";

export interface TreasuryParts {
  readonly config: Pick<Config, "budgets">;
  readonly store: BudgetStore;
  /** Where others spend of the same limits. */
  readonly loans?: Loans | undefined;
  /** Whether a key is revoked, or no key belongs to a team. */
  isGone(id: string): boolean;
  /** Writes down what must not go unseen. */
  raise(kind: string, target: string, detail: JsonObject): void;
  complain(id: string, cause: unknown): void;
}

const SHORTEST_SECRET = 16;

/** Everything about money over time. */
export class Treasury {
  readonly book: BudgetBook;
  readonly accounts: Accounts;
  readonly gate: BudgetGate;
  private readonly webhook: Webhook | undefined;
  private readonly till: Till;
  private readonly alerts: Alerts;
  private readonly lament: (cause: unknown) => void;
  private readonly isGone: TreasuryParts["isGone"];

  /** With all budgets that there are. */
  static async open(parts: TreasuryParts): Promise<Treasury> {
    return new Treasury(parts, await parts.store.all());
  }

  private constructor(
    { config: { budgets }, store, loans, isGone, raise, complain }: TreasuryParts,
    rows: readonly BudgetRow[],
  ) {
    this.till = {
      load: (name) => store.load(name),
      alert: (name, percent) => store.alert(name, percent),
      ...(loans === undefined ? {} : { loans }),
    };
    const { default_output_tokens: defaultOutput, ceiling_price: ceiling, wait_ms: waitMs, alerts: told } = budgets;
    const lament = (cause: unknown) => complain("budgets", cause);
    const file = told?.secret_file;
    const secret = file === undefined ? told?.secret : secretFile(file, "budgets.alerts.secret_file");
    if (secret !== undefined && secret.length < SHORTEST_SECRET)
      throw new ConfigError([`budgets.alerts.secret_file: ${file} holds fewer than ${SHORTEST_SECRET} characters`]);
    this.webhook = told === undefined ? undefined : new Webhook({ url: told.url, secret, complain: lament });
    this.book = new BudgetBook(rows.map(budgetOf));
    this.accounts = new Accounts(this.till);
    const alerts = new Alerts({
      till: this.till,
      tell: (event) => this.webhook?.send(event),
      raise,
      complain: lament,
      newId: () => `evt_${ulid(Date.now())}`,
      now: () => Date.now(),
    });
    this.gate = new BudgetGate({
      book: this.book,
      accounts: this.accounts,
      defaultOutput,
      ceiling: ceiling === undefined ? undefined : priceOf(ceiling),
      waitMs,
      settled: (account) => alerts.settled(account),
    });
    this.alerts = alerts;
    this.lament = lament;
    this.isGone = isGone;
  }

  /** Holds from the next request on, for those who wait as well. */
  put(row: BudgetRow): void {
    const budget = budgetOf(row);
    this.book.put(budget);
    if (budget.archived) this.free(budget);
    else this.accounts.changed(budget);
  }

  /** As {@link put}: one that cannot be read keeps none of the others from being held. @throws what it says, afterwards */
  putAll(rows: readonly BudgetRow[]): void {
    const failures: unknown[] = [];
    for (const row of rows) {
      try {
        this.put(row);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Those who wait for it, or are held to it, are so no more: but what revoked keys have under way is not to go on without end. */
  remove(id: string): void {
    const budget = this.book.get(id);
    this.book.remove(id);
    if (budget === undefined) return;
    const { scope, scopeId } = budget;
    if ((scope === "key" || scope === "team") && this.isGone(scopeId)) this.accounts.dismiss(id);
    else this.free(budget);
  }

  /** Who is held to it is held to the one of that period that each has, if there is one; where those are of other periods, to this one until it is over. */
  private free(budget: Budget): void {
    const { id, scope, scopeId, period } = budget;
    const others = scopeId === EACH ? [] : this.book.of(scope, scopeId);
    const same = others.find((one) => one.period === period);
    if (same === undefined && others.some((one) => one.scopeId === EACH)) return;
    this.accounts.changed(same ?? { ...budget, soft: true }, id);
  }

  /** Another is in its place from the next request on. What is under way, or waits, is held to this one until it is over. */
  retire(id: string): void {
    this.book.remove(id);
  }

  /**
   * What was added to an account, by whom it was not lent, and is kept: it is known here as well, where the account is in use, and told of
   * where it reaches a share of the limit. To be told in the turn in which it was written, where the store answers at once: whoever
   * reads the account later has it. Nobody waits for it, and it never throws.
   */
  async corrected(charge: Charge, budget: Budget): Promise<void> {
    const { scope, scopeId, period, startedAt, spent, byokSpent } = charge;
    const inUse = () => {
      const found = this.accounts.peek(scope, scopeId, period);
      return found?.name.startedAt === startedAt ? found : undefined;
    };
    const known = inUse();
    try {
      if (known !== undefined && this.till.loans === undefined) {
        this.accounts.settle({ account: known, amount: 0 }, spent, byokSpent);
        this.alerts.settled(known);
      } else {
        // Nobody uses it, or others spend of it as well. It is not added: what is known here may have been read since, and have it already.
        const name = { scope, scopeId, period, startedAt };
        const balance = await this.till.load(name);
        const open = inUse();
        if (open !== undefined && this.till.loans !== undefined) this.accounts.told(open, balance);
        const { endsAt } = spanAt(budget.period, startedAt);
        const account: Account = { name, endsAt, budget, ...balance, reserved: 0, granted: 0 };
        this.alerts.settled(account);
      }
    } catch (thrown) {
      this.lament(thrown);
    }
  }

  close(): void {
    this.webhook?.close();
  }
}

function budgetOf({ thresholds, scope, period, ...row }: BudgetRow): Budget {
  return {
    ...row,
    scope: scope as Scope,
    period: period as Period,
    thresholds: (JSON.parse(thresholds) as number[]).toSorted((a, b) => a - b),
  };
}
