import type { Closing } from "../core/closing.ts";
import type { JsonObject } from "../core/json.ts";
import { paidOf, usd } from "../core/money.ts";
import type { Dropped } from "../core/request.ts";

/** Decimal strings, as the hosted gateway writes them (contract 6.2). On an account of the client's own nothing is paid here, whatever it would cost. */
export function costMembers({ cost, byok, apart }: Pick<Closing, "cost" | "byok" | "apart">): JsonObject {
  if (cost === undefined) return {};
  const market = usd(cost.nanodollars);
  const total = usd(paidOf(cost.nanodollars, byok, apart));
  return {
    cost: total,
    marketCost: market,
    surchargeCost: "0",
    gatewayCost: total,
    inferenceCost: market,
    inputInferenceCost: usd(cost.input),
    outputInferenceCost: usd(cost.output),
  };
}

/** As the AI SDK knows them. */
export function warningsOf(
  dropped: readonly Dropped[],
  affordable: number | undefined,
  calls: number | undefined,
): JsonObject[] {
  const warnings: JsonObject[] = dropped.map((feature) => ({ type: "unsupported", feature }));
  if (affordable !== undefined)
    warnings.push({
      type: "other",
      message: `What is left of the budget pays for ${affordable} output tokens: the answer was capped to that.`,
    });
  if (calls !== undefined)
    warnings.push({
      type: "other",
      message: `The budget pays for ${calls} ${calls === 1 ? "call" : "calls"} of a provider's own tools: it was told to make no more.`,
    });
  return warnings;
}
