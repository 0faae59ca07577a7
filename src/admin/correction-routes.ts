import { SCOPES, type Scope } from "../access/budget.ts";
import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import { usdNumber } from "../core/money.ts";
import { spanAt } from "../core/period.ts";
import type { Treasury } from "../gateway/treasury.ts";
import { correctionOf } from "../ledger/generation-info.ts";
import type { Charge } from "../store/accounts.ts";
import type { GenerationRow } from "../store/generations.ts";
import { readCorrection } from "./correction.ts";
import { found, toldCorrection } from "./ledger-routes.ts";
import type { Route } from "./routes.ts";

/** What was found wrong with what something cost: rows are never changed, what is to be added to them stands beside. */
export const CORRECTION_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/admin/generations/{generation}/corrections",
    role: "admin",
    takesBody: true,
    answer: async ({ gateway, admin, params, body, atMs, log }) => {
      const { nanodollars, reason } = readCorrection(body);
      const row = await found(gateway, params.generation!);
      const before = (row.cost ?? 0) + correctionOf(await gateway.corrections.of(row.id));
      if (before + nanodollars < 0)
        throw new GatewayError("invalid_request", "It would have cost less than nothing.", { param: "adjustment_usd" });
      const one = { id: `cor_${ulid(atMs)}`, generationId: row.id, cost: nanodollars, reason, createdAt: atMs };
      const charges = chargesOf(admin.budgets.treasury, row, nanodollars);
      const said = log("generation.correct", row.id, { adjustment_usd: usdNumber(nanodollars), reason });
      await gateway.corrections.add(one, row, charges, said);
      for (const charge of charges) recharge(admin.budgets.treasury, charge);
      return { status: 201, body: { ...toldCorrection(one), market_cost: usdNumber(before + nanodollars) } };
    },
  },
];

type Accounting = Pick<Treasury, "book" | "accounts">;

/** What it adds to the accounts that the row was spent from: those of budgets that there were by then, in the period of that time. */
function chargesOf({ book }: Accounting, row: GenerationRow, nanodollars: number): Charge[] {
  const { createdAt, byok } = row;
  const [spent, byokSpent] = byok ? [0, nanodollars] : [nanodollars, 0];
  return SCOPES.flatMap((scope) =>
    ownersIn(row, scope).flatMap((scopeId) =>
      book
        .of(scope, scopeId)
        .filter((budget) => budget.createdAt <= createdAt)
        .map(({ period }) => {
          const { startedAt } = spanAt(period, createdAt);
          return { scope, scopeId, period, startedAt, spent, byokSpent };
        }),
    ),
  );
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

/** In memory as well, where the account is in use. */
function recharge({ accounts }: Accounting, { scope, scopeId, period, startedAt, spent, byokSpent }: Charge): void {
  const account = accounts.peek(scope, scopeId, period);
  if (account?.name.startedAt === startedAt) accounts.settle({ account, amount: 0 }, spent, byokSpent);
}
