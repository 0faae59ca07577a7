import { type Budget, type BudgetBook, EACH, SCOPES, type Scope } from "../access/budget.ts";
import type { GenerationRow } from "../store/generations.ts";

/** A budget, and which of those that it is for. */
export interface SpentFrom {
  readonly budget: Budget;
  readonly scopeId: string;
}

/** What a row was spent from: of the budgets that there are by now, those that were in force by then. */
export function spentFrom(book: BudgetBook, row: GenerationRow): SpentFrom[] {
  const { createdAt } = row;
  return SCOPES.flatMap((scope) =>
    ownersIn(row, scope).flatMap((scopeId) =>
      budgetsThen(book, { scope, scopeId, createdAt }).map((budget) => ({ budget, scopeId })),
    ),
  );
}

/** Whoever had one of its own by then had none that each has. */
function budgetsThen(
  book: BudgetBook,
  { scope, scopeId, createdAt }: { scope: Scope; scopeId: string; createdAt: number },
): Budget[] {
  const then = book.all().filter((one) => one.scope === scope && !one.archived && one.createdAt <= createdAt);
  const own = then.filter((one) => one.scopeId === scopeId);
  return own.length > 0 ? own : then.filter((one) => one.scopeId === EACH);
}

function ownersIn({ keyId, team, user, entity, tags }: GenerationRow, scope: Scope): string[] {
  switch (scope) {
    case "gateway":
      return ["gateway"];
    case "team":
      return team === null ? [] : [team];
    case "key":
      return [keyId];
    case "user":
      return user === null ? [] : [user];
    case "entity":
      return entity === null ? [] : [entity];
    case "tag":
      return tags === null ? [] : [...new Set(JSON.parse(tags) as string[])];
  }
}
