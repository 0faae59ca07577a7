import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import { usdNumber } from "../core/money.ts";
import { spanAt } from "../core/period.ts";
import { after } from "../core/soon.ts";
import { MOST_USD } from "../core/usd.ts";
import type { Treasury } from "../gateway/treasury.ts";
import { correctionOf } from "../ledger/generation-info.ts";
import type { Charge } from "../store/accounts.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { MadeCorrection } from "./contract.ts";
import { readCorrection } from "./correction.ts";
import { found, toldCorrection } from "./ledger-routes.ts";
import type { Route } from "./routes.ts";
import { spentFrom } from "./spent-from.ts";

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
      const one = { id: `cor_${ulid(atMs)}`, generationId: row.id, cost: nanodollars, reason, createdAt: atMs };
      const { treasury, renewed } = admin.budgets;
      // One that another replica has just made is charged as well.
      await renewed?.catchUp();
      const spent = chargesOf(treasury, row, nanodollars);
      const charges = spent.map(({ charge }) => charge);
      const before = (row.cost ?? 0) + correctionOf(await gateway.corrections.of(row.id));
      const said = log("generation.correct", row.id, { adjustment_usd: usdNumber(nanodollars), reason });
      const isAdded = after(gateway.corrections.add(one, { row, charges, most: MOST }, said), (isAdded) => {
        if (isAdded) for (const { charge, budget } of spent) void treasury.corrected(charge, budget);
        return isAdded;
      });
      if (!(await isAdded)) {
        await found(gateway, row.id);
        const message = `It would have cost less than nothing, or more than ${MOST_USD} dollars.`;
        throw new GatewayError("invalid_request", message, { param: "adjustment_usd" });
      }
      // Nothing is read by now: what is kept is told, also where the database has just gone.
      const made = { ...toldCorrection(one), market_cost: usdNumber(before + nanodollars) };
      return { status: 201, body: made satisfies MadeCorrection };
    },
  },
];

/** Nanodollars. */
const MOST = MOST_USD * 1_000_000_000;

type Accounting = Pick<Treasury, "book">;

/** What it adds to the accounts that the row was spent from. */
function chargesOf({ book }: Accounting, row: GenerationRow, nanodollars: number) {
  const { createdAt, byok } = row;
  const [spent, byokSpent] = byok ? [0, nanodollars] : [nanodollars, 0];
  return spentFrom(book, row).map(({ budget, scopeId }) => {
    const { scope, period } = budget;
    const charge: Charge = { scope, scopeId, period, startedAt: spanAt(period, createdAt).startedAt, spent, byokSpent };
    return { charge, budget };
  });
}
