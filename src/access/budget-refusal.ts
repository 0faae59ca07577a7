import { GatewayError } from "../core/error.ts";
import { usd } from "../core/money.ts";
import { type Account, leftOf, type Refused, usedOf } from "./account.ts";
import type { Demand } from "./admit.ts";

/** Nobody knows what it would cost. */
export const UNPRICED = () =>
  new GatewayError(
    "no_providers_available",
    "Nobody who could serve this has a known price, and a budget is to be kept: set its price (`providers.<name>.models[].price`, which may be 0), or `budgets.ceiling_price`.",
  );

/** Why a request is refused, as it is told: whose money, what was spent of how much, and from when on there is more. */
export function refusalOf({ account, why, amount }: Refused, { key }: Demand): GatewayError {
  if (why === "left") return new GatewayError("client_closed", "The client left before the answer.");
  const { budget, name, reserved } = account;
  const spent = `Current spend: ${dollars(usedOf(account))}, limit: ${dollars(budget.limit)}.`;
  const begun = why === "reserved" ? ` Requests under way have reserved ${dollars(reserved)}.` : "";
  const left = leftOf(account);
  const more = amount !== undefined && left > 0 ? ` This request may cost ${dollars(amount)}.` : "";
  const whose = `${capital(name.scope === "key" ? "API key" : name.scope)} budget`;
  const of = name.scope === "gateway" ? "" : ` of ${JSON.stringify(name.scope === "key" ? key.name : name.scopeId)}`;
  const message = `${whose}${of} exceeded (${budget.period}). ${spent}${begun}${more} ${resetOf(account)}`;
  return new GatewayError("quota_for_entity_exceeded", message);
}

function resetOf({ endsAt }: Account): string {
  return endsAt === undefined ? "It is not reset." : `It is reset at ${new Date(endsAt).toISOString()}.`;
}

/** At least cents. */
function dollars(nanodollars: number): string {
  const [whole, decimals = ""] = usd(nanodollars).split(".");
  return `$${whole}.${decimals.padEnd(2, "0")}`;
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}
