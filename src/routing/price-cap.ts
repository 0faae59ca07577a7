import type { Endpoint } from "../catalog/endpoint.ts";
import type { Operation } from "../core/ask.ts";
import { type JsonValue, objectAt } from "../core/json.ts";
import { picodollars, usd } from "../core/money.ts";
import { refuse, refuseUnknown } from "./option.ts";

/** The dearest that may serve, in picodollars per token. */
export interface PriceCap {
  readonly input: number | undefined;
  readonly output: number | undefined;
}

const SIDES = ["input", "output"] as const;
const HIGHEST = 1_000_000;

/** Reads `max_price`, in USD per million tokens. @throws GatewayError `invalid_request` */
export function priceCapOf(value: JsonValue | undefined): PriceCap | undefined {
  if (value === undefined || value === null) return undefined;
  const told = objectAt(value);
  if (told === undefined) throw refuse("max_price", "an object of input and output, in USD per million tokens");
  refuseUnknown(told, "max_price", SIDES);
  const sideOf = (side: (typeof SIDES)[number]) => {
    const price = told[side] ?? undefined;
    if (price === undefined) return undefined;
    if (typeof price === "number" && price >= 0 && price <= HIGHEST) return picodollars(price);
    throw refuse(`max_price.${side}`, `a number from 0 to ${HIGHEST}, in USD per million tokens`);
  };
  return { input: sideOf("input"), output: sideOf("output") };
}

const SILENT: ReadonlySet<Operation> = new Set<Operation>(["embed", "rerank", "moderate"]);

/**
 * Why an endpoint is too dear, or `undefined`. Whose price nobody knows might be. What counts is the price that is listed first,
 * which very long inputs may exceed. Some operations have no output to pay for.
 */
export function tooDear({ price }: Endpoint, cap: PriceCap, operation: Operation): string | undefined {
  for (const side of SIDES) {
    const most = cap[side];
    if (most === undefined || (side === "output" && SILENT.has(operation))) continue;
    const rate = price?.rates[side];
    if (rate === undefined) return "no known price, and `max_price` caps it";
    if (rate > most) return `$${perMillion(rate)} a million ${side} tokens, over \`max_price\``;
  }
  return undefined;
}

/** Picodollars per token are microdollars per million. */
function perMillion(picodollarsPerToken: number): string {
  return usd(picodollarsPerToken * 1000);
}
