import type { ListedKey } from "../../../../src/admin/contract.ts";
import type { Tone } from "../../ui/badge.tsx";
import { compact } from "../../ui/format.ts";

export const STATUS_TONES = {
  active: "good",
  disabled: "neutral",
  expired: "warn",
  leaked: "bad",
  revoked: "neutral",
} as const satisfies Record<ListedKey["status"], Tone>;

export const LIMIT_WORDS = {
  requests_per_minute: { label: "Requests a minute", short: "req/min" },
  tokens_per_minute: { label: "Tokens a minute", short: "tok/min" },
  concurrent_streams: { label: "Open streams", short: "streams" },
} as const;

/** Its own limits in a few words; nothing where it has none of its own. */
export function limitsInWords(limits: ListedKey["limits"]): string | undefined {
  const told = Object.entries(LIMIT_WORDS).flatMap(([name, { short }]) => {
    const value = limits?.[name as keyof typeof LIMIT_WORDS];
    return value === undefined ? [] : [value === null ? `any ${short}` : `${compact(value)} ${short}`];
  });
  return told.length === 0 ? undefined : told.join(" · ");
}

/** `one of them`, or `one and 3 more`; nothing of nothing. */
export function someInWords(values: readonly string[]): string | undefined {
  const [first, ...rest] = values;
  return first === undefined ? undefined : rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

/** Whether a key that may ask only for `patterns` may ask for a model. */
export function mayAsk(patterns: readonly string[] | undefined, model: string): boolean {
  return (
    patterns === undefined ||
    patterns.some((one) => one === "*" || one === model || (one.endsWith("/*") && model.startsWith(one.slice(0, -1))))
  );
}
