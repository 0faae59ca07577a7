import { paidOf, usdNumber } from "../core/money.ts";
import { spanAt } from "../core/period.ts";
import { type Arithmetic, arithmeticOf } from "../ledger/arithmetic.ts";
import type { KeptAttempt } from "../ledger/attempt.ts";
import type { KeptAnswer, KeptField } from "../ledger/kept-fields.ts";
import type { BodyRow } from "../store/bodies.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { KeptBodies, ShownArithmetic, ShownCharge, ShownGeneration } from "./contract.ts";
import type { AdminCall } from "./routes.ts";
import { spentFrom } from "./spent-from.ts";

/** What is told of one generation that a list does not tell: how it was paid, and by whom. @param corrected nanodollars, since */
export async function shownBeside(
  { gateway, admin }: Pick<AdminCall, "gateway" | "admin">,
  row: GenerationRow,
  corrected: number,
): Promise<Pick<ShownGeneration, "arithmetic" | "charged" | "has_bodies">> {
  const last = (JSON.parse(row.attempts) as KeptAttempt[]).at(-1);
  const known = row.model === null ? [] : (gateway.snapshot.choice.endpoints.get(row.model) ?? []);
  const endpoint = known.find(({ id }) => id === last?.endpoint);
  const arithmetic = arithmeticOf(row, endpoint);
  return {
    arithmetic: arithmetic === null ? null : toldArithmetic(arithmetic),
    charged: chargedOf(admin, row, (row.cost ?? 0) + (row.reckoned ?? 0) + corrected),
    has_bodies: await gateway.bodies.has(row.id),
  };
}

/** What was said, and what came beside it. */
export function toldBodies({ generationId, createdAt, asked, answered, ...fields }: BodyRow): KeptBodies {
  const askedFields = fields.askedFields === null ? null : (JSON.parse(fields.askedFields) as KeptField[]);
  const answers = fields.answeredFields === null ? null : (JSON.parse(fields.answeredFields) as KeptAnswer[]);
  return {
    generation_id: generationId,
    created_at: new Date(createdAt).toISOString(),
    asked,
    answered,
    asked_headers: askedFields,
    answered_headers: answers?.map(({ endpoint, status, fields }) => ({ endpoint, status, headers: fields })) ?? null,
  };
}

function toldArithmetic({ sum, rest, ...told }: Arithmetic): ShownArithmetic {
  return { ...told, sum: usdNumber(sum), rest: usdNumber(rest) };
}

function chargedOf({ budgets }: AdminCall["admin"], row: GenerationRow, nanodollars: number): ShownCharge[] {
  return spentFrom(budgets.treasury.book, row).map(({ budget: { id, scope, period, includesByok }, scopeId }) => {
    const { startedAt } = spanAt(period, row.createdAt);
    return {
      budget_id: id,
      scope,
      scope_id: scopeId,
      period,
      period_started_at: period === "total" ? null : new Date(startedAt).toISOString(),
      amount_usd: usdNumber(includesByok ? nanodollars : paidOf(nanodollars, row.byok, row.apart)),
    };
  });
}
