import { EACH, type Scope } from "../access/budget.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { type Period, spanAt } from "../core/period.ts";
import type { Treasury } from "../gateway/treasury.ts";
import type { BudgetPage, BudgetRow, BudgetStore } from "../store/budgets.ts";
import type { Statement } from "../store/database.ts";
import type { ReportStore } from "../store/reports.ts";
import { type Log, unlogged } from "./audit.ts";
import { again, type Beside, changing, type Draw, type Renewed, type WithBudgets } from "./beside.ts";
import {
  budgetRow,
  changed,
  inherited,
  invalid,
  readBudget,
  readOwner,
  type Spending,
  shownBudget,
  type ToldBudget,
} from "./budget-told.ts";

/** Whose a budget is. */
export interface Owner {
  readonly scope: Scope;
  readonly scopeId: string;
}

/** One of those who spend of a budget. */
export interface Spender {
  readonly scopeId: string;
  readonly row: BudgetRow;
  readonly spending: Spending;
}

export interface BudgetsParts {
  readonly store: BudgetStore;
  readonly treasury: Pick<Treasury, "accounts" | "book" | "corrected" | "put" | "putAll" | "remove" | "retire">;
  /** Absent where nobody else changes them. */
  readonly renewed?: Renewed | undefined;
}

/** As many can be made. */
const MOST = 100_000;

/** The budgets that there are, made and changed while the gateway runs. What is changed holds from the next request on. */
export class Budgets {
  private readonly store: BudgetStore;
  readonly renewed: Renewed | undefined;
  readonly treasury: BudgetsParts["treasury"];
  /** One change after the other: two at once would each see what the other has not made yet. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor({ store, treasury, renewed }: BudgetsParts) {
    this.store = store;
    this.renewed = renewed;
    this.treasury = treasury;
  }

  /** The oldest first. @param wanted without a limit, all of them; `after` is the last that is known already */
  async list(wanted: Omit<BudgetPage, "limit"> & { limit?: number }, atMs: number): Promise<JsonObject[]> {
    const rows = await this.store.page({ limit: MOST, ...wanted });
    return Promise.all(rows.map((row) => this.shown(row, atMs)));
  }

  /** @throws GatewayError `not_found` */
  async find(id: string, atMs: number): Promise<JsonObject> {
    return this.shown(await this.row(id), atMs);
  }

  /**
   * Who spends of a budget in this period, the most first: of one that each has, all who have spent of it.
   * @throws GatewayError `not_found`
   */
  async spenders(id: string, reports: Pick<ReportStore, "spenders">, limit: number, atMs: number): Promise<Spender[]> {
    const row = await this.row(id);
    const { scope, period, scopeId, includesByok: withByok } = row;
    if (scopeId !== EACH) return [{ scopeId, row, spending: await this.spending(row, atMs) }];
    const { startedAt } = spanAt(period as Period, atMs);
    const found = await reports.spenders({ scope, period, startedAt, withByok, limit });
    return found.map(({ scopeId, spent, byokSpent }) => {
      const open = this.treasury.accounts.peek(scope, scopeId, period);
      const isNow = open?.name.startedAt === startedAt;
      return { scopeId, row, spending: isNow ? open : { spent, byokSpent, reserved: 0 } };
    });
  }

  /** @throws GatewayError `invalid_request`, also where there is one of the same period already */
  make({ scope, scope_id, ...body }: JsonObject, atMs: number, log: Log = unlogged): Promise<JsonObject> {
    return this.inTurn(async () => {
      const owner = readOwner({
        ...(scope === undefined ? {} : { scope }),
        ...(scope_id === undefined ? {} : { scope_id }),
      });
      const row = budgetRow(owner, readBudget(body), atMs);
      const same = (await this.store.of(row.scope, row.scopeId)).find(({ period }) => period === row.period);
      if (same !== undefined)
        throw invalid("period", `There is a ${row.period} budget already, ${same.id}: change that one.`);
      if ((await this.store.count()) >= MOST) throw invalid("scope_id", `There are ${MOST} budgets already.`);
      const made = await this.save(row, undefined, atMs, (after) => log("budget.create", row.id, { after }));
      if (made === undefined) throw invalid("period", `There is a ${row.period} budget already.`);
      return made;
    });
  }

  /** @throws GatewayError `not_found`, `invalid_request` */
  adjust(id: string, body: JsonObject, atMs: number, log: Log = unlogged): Promise<JsonObject> {
    return this.inTurn(async () => {
      for (const name of ["scope", "scope_id", "period"])
        if (body[name] !== undefined) throw invalid(name, `${JSON.stringify(name)} stays: make another budget.`);
      const told = readBudget(body);
      return again(async () => {
        const row = await this.row(id);
        const before = await this.shown(row, atMs);
        const said = (after: JsonObject) => log("budget.change", id, { before, after });
        return this.save(changed(row, told, atMs), row, atMs, said);
      });
    });
  }

  /** What was spent is remembered, should it be made again. @throws GatewayError `not_found` */
  remove(id: string, log: Log = unlogged): Promise<BudgetRow> {
    return this.inTurn(async () => {
      const row = await this.row(id);
      const { scope, scopeId, period } = row;
      const { mark, take } = await changing(this.renewed, { budgets: 1 });
      const said = log("budget.remove", id, { scope, scope_id: scopeId, period });
      if (!(await this.store.remove(id, [...said, ...mark]))) throw nothing(id);
      take(() => this.treasury.remove(id));
      return row;
    });
  }

  /**
   * The one budget that somebody has: made, changed, or put in the place of one with another period.
   * @param told as `readBudget` gives it; without a limit, the one that there is stays
   * @throws GatewayError `invalid_request`
   */
  set(owner: Owner, told: ToldBudget, atMs: number, log: Log = unlogged): Promise<JsonObject> {
    return this.inTurn(() =>
      again(async () => {
        const drawn = await this.drawn(owner, told, atMs, log);
        return (await this.kept(drawn)) ? drawn.shown : undefined;
      }),
    );
  }

  /** Those of one who is gone. @returns how many there were */
  clear(owner: Owner, log: Log = unlogged): Promise<number> {
    return this.inTurn(() =>
      again(async () => {
        const drawn = await this.cleared(owner, log);
        return drawn.count === 0 || (await this.kept(drawn)) ? drawn.count : undefined;
      }),
    );
  }

  /**
   * Gives somebody the one budget that is told, or none, in the batch of another change.
   * @param told as for {@link set}; `null` for none
   * @param change makes that change, with what is drawn for it
   * @returns what that gives, and the budgets that there are then
   */
  along<T>(
    owner: Owner,
    told: ToldBudget | null,
    atMs: number,
    log: Log,
    change: (draw: Draw) => Promise<T>,
  ): Promise<WithBudgets<T>> {
    let budgets: JsonObject[] = [];
    const draw = async () => {
      if (told === null) return this.cleared(owner, log);
      const drawn = await this.drawn(owner, told, atMs, log);
      budgets = [drawn.shown];
      return drawn;
    };
    return this.inTurn(async () => ({ done: await change(draw), budgets }));
  }

  /** These are all there are by now, where others change them too. @throws for one that cannot be read, once the others hold */
  take(rows: readonly BudgetRow[]): void {
    const kept = new Set(rows.map(({ id }) => id));
    const { book } = this.treasury;
    const added = new Set(rows.flatMap((row) => (book.get(row.id) === undefined ? [ownerName(row)] : [])));
    try {
      this.treasury.putAll(rows.filter(({ id, updatedAt }) => book.get(id)?.updatedAt !== updatedAt));
    } finally {
      // Who was held to one that is gone is held to what is in its place by now.
      for (const budget of book.all()) {
        if (kept.has(budget.id)) continue;
        if (added.has(ownerName(budget))) this.treasury.retire(budget.id);
        else this.treasury.remove(budget.id);
      }
    }
  }

  private async drawn(owner: Owner, told: ToldBudget, atMs: number, log: Log): Promise<Beside & { shown: JsonObject }> {
    const { store, treasury } = this;
    const others = await store.of(owner.scope, owner.scopeId);
    const [first] = others;
    const same = others.find(({ period }) => period === (told.period ?? first?.period));
    const row =
      same === undefined
        ? budgetRow(owner, { ...(first && inherited(first)), ...told }, atMs)
        : changed(same, told, atMs);
    const before = same === undefined ? null : await this.shown(same, atMs);
    const gone = others.filter(({ id }) => id !== row.id).map(({ id }) => id);
    const inPlaceOf = gone.length === 0 ? {} : { in_place_of: gone };
    const shown = await this.shown(row, atMs);
    const statements = [
      same === undefined ? store.insertion(row) : store.alteration(row, same.updatedAt),
      ...gone.map((id) => store.removal(id)),
      ...log("budget.set", row.id, { before, after: shown, ...inPlaceOf }),
    ];
    const hold = () => {
      treasury.put(row);
      for (const id of gone) treasury.retire(id);
    };
    return { shown, statements, changes: 1 + gone.length, hold };
  }

  private async cleared({ scope, scopeId }: Owner, log: Log): Promise<Beside & { count: number }> {
    const { store, treasury } = this;
    const own = await store.of(scope, scopeId);
    const statements = own.flatMap(({ id, period }) => [
      store.removal(id),
      ...log("budget.remove", id, { scope, scope_id: scopeId, period }),
    ]);
    const hold = () => {
      for (const { id } of own) treasury.remove(id);
    };
    return { count: own.length, statements, changes: own.length, hold };
  }

  /** @returns whether it is: others may have been faster */
  private async kept({ statements, changes, hold }: Beside): Promise<boolean> {
    const { mark, take } = await changing(this.renewed, { budgets: changes });
    if (!(await this.store.write([...statements, ...mark]))) return false;
    take(hold);
    return true;
  }

  /** @param before as it was, where there was one @returns nothing where others were faster */
  private async save(
    row: BudgetRow,
    before: BudgetRow | undefined,
    atMs: number,
    along: (shown: JsonObject) => readonly Statement[],
  ): Promise<JsonObject | undefined> {
    const { store } = this;
    const shown = await this.shown(row, atMs);
    const { mark, take } = await changing(this.renewed, { budgets: 1 });
    const said = [...along(shown), ...mark];
    const isSaved = await (before === undefined ? store.insert(row, said) : store.change(row, before.updatedAt, said));
    if (!isSaved) return undefined;
    take(() => this.treasury.put(row));
    return shown;
  }

  private async row(id: string): Promise<BudgetRow> {
    const row = await this.store.find(id);
    if (row === undefined) throw nothing(id);
    return row;
  }

  private async shown(row: BudgetRow, atMs: number): Promise<JsonObject> {
    return shownBudget(row, row.scopeId === EACH ? undefined : await this.spending(row, atMs), atMs);
  }

  /** As this process knows it, where it does: rows of the last moment may still be on their way. */
  private async spending({ scope, scopeId, period }: BudgetRow, atMs: number): Promise<Spending> {
    const { startedAt } = spanAt(period as Period, atMs);
    const open = this.treasury.accounts.peek(scope, scopeId, period);
    if (open !== undefined && open.name.startedAt === startedAt) return open;
    const { spent, byokSpent } = await this.store.load({ scope, scopeId, period, startedAt });
    return { spent, byokSpent, reserved: 0 };
  }

  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.turn.then(change);
    this.turn = done.catch(() => undefined);
    return done;
  }
}

function nothing(id: string): GatewayError {
  return new GatewayError("not_found", `There is no budget ${JSON.stringify(id.slice(0, 80))}.`);
}

function ownerName({ scope, scopeId }: Owner | BudgetRow): string {
  return `${scope}\n${scopeId}`;
}
