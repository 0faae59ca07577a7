import { GatewayError } from "../core/error.ts";
import { invalid } from "./budget-told.ts";

/** Members of a budget, as the hosted service calls them. */
const WORDS = {
  limit_usd: "limitAmount",
  period: "refreshPeriod",
  includes_byok: "includeByokInQuota",
  thresholds: "alertThresholds",
  archived: "archived",
} as const;

/** There it is called `none`. */
const PERIODS_THERE = "must be daily, weekly, monthly or none.";

/** What is wrong with a budget, by the name that its client knows it by. @param at the path of a member */
export function inHostedWords(thrown: unknown, at: (name: string) => string = (name) => name): GatewayError {
  const { details, message } = GatewayError.from(thrown);
  const word = WORDS[details.param as keyof typeof WORDS];
  if (word === undefined) return GatewayError.from(thrown);
  const name = JSON.stringify(at(word));
  return invalid(at(word), word === "refreshPeriod" ? `${name} ${PERIODS_THERE}` : message.replace(/^"\w+"/, name));
}
