import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { nanodollarsOf } from "../core/usd.ts";

const LONGEST_REASON = 500;

/**
 * What the cost of a generation is to be corrected by.
 * @returns nanodollars to be added, or taken away where they are negative
 * @throws GatewayError `invalid_request`
 */
export function readCorrection(body: JsonObject): { nanodollars: number; reason: string } {
  const { adjustment_usd: told, reason, ...rest } = body;
  const strange = Object.keys(rest)[0];
  if (strange !== undefined)
    throw invalid(strange, `A correction has adjustment_usd and reason, no ${JSON.stringify(strange.slice(0, 80))}.`);
  const nanodollars = signed(told);
  if (nanodollars === undefined || nanodollars === 0)
    throw invalid(
      "adjustment_usd",
      'adjustment_usd must be dollars to add, as in 0.25 or "-0.000000001": nine decimals at most, not 0.',
    );
  if (typeof reason !== "string" || reason.trim() === "" || reason.length > LONGEST_REASON || /\p{Cc}/u.test(reason))
    throw invalid(
      "reason",
      `reason must be a text of 1 to ${LONGEST_REASON} characters, none of them a control character.`,
    );
  return { nanodollars, reason };
}

function signed(told: unknown): number | undefined {
  if (typeof told !== "number" && typeof told !== "string") return undefined;
  const text = String(told);
  if (!text.startsWith("-")) return nanodollarsOf(told);
  const amount = nanodollarsOf(text.slice(1));
  return amount === undefined ? undefined : -amount;
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
