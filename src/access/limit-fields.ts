import type { WireName } from "../core/event.ts";
import type { Level } from "../counters/buckets.ts";

/** A limit, and what is left of it. */
export interface LimitLevel extends Level {
  readonly limit: number;
}

export interface LimitLevels {
  readonly requests?: LimitLevel;
  readonly tokens?: LimitLevel;
}

type Fields = Readonly<Record<string, string>>;

/**
 * What is told of limits with every reply, in OpenAI's names, and beside at Anthropic's door in Anthropic's, whose times are those of day.
 * https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers https://platform.claude.com/docs/en/api/rate-limits#response-headers
 * @param atMs now, in Unix milliseconds
 */
export function limitFields({ requests, tokens }: LimitLevels, wire: WireName, atMs: number): Fields {
  const fields: Record<string, string> = {};
  const isAnthropic = wire === "anthropic-messages";
  // Each by its own name, and not by a list of them: it is made for every reply, and costs half as much so.
  if (requests !== undefined) {
    fields["x-ratelimit-limit-requests"] = String(requests.limit);
    fields["x-ratelimit-remaining-requests"] = String(requests.remaining);
    fields["x-ratelimit-reset-requests"] = durationText(requests.resetMs);
    if (isAnthropic) addAnthropic(fields, "requests", requests, atMs);
  }
  if (tokens !== undefined) {
    fields["x-ratelimit-limit-tokens"] = String(tokens.limit);
    fields["x-ratelimit-remaining-tokens"] = String(tokens.remaining);
    fields["x-ratelimit-reset-tokens"] = durationText(tokens.resetMs);
    if (isAnthropic) addAnthropic(fields, "tokens", tokens, atMs);
  }
  return fields;
}

function addAnthropic(fields: Record<string, string>, kind: keyof LimitLevels, level: LimitLevel, atMs: number): void {
  fields[`anthropic-ratelimit-${kind}-limit`] = String(level.limit);
  fields[`anthropic-ratelimit-${kind}-remaining`] = String(level.remaining);
  fields[`anthropic-ratelimit-${kind}-reset`] = timeText(atMs + level.resetMs);
}

/** As OpenAI writes it: `0s`, `12ms`, `8.64s`, `6m0s`. Never less than it is. */
export function durationText(milliseconds: number): string {
  const whole = Math.ceil(milliseconds);
  if (whole === 0) return "0s";
  if (whole < 1000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** RFC 3339, in whole seconds, rounded up. */
function timeText(atMs: number): string {
  return `${new Date(Math.ceil(atMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
