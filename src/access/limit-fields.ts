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

const KINDS = ["requests", "tokens"] as const;
/** Of each kind: its limit, what is left, and when it is full again. */
const NAMES = {
  requests: ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
  tokens: ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
} as const;

/**
 * What is told of limits with every reply, in OpenAI's names, and beside at Anthropic's door in Anthropic's, whose times are those of day.
 * https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers https://platform.claude.com/docs/en/api/rate-limits#response-headers
 * @param atMs now, in Unix milliseconds
 */
export function limitFields(levels: LimitLevels, wire: WireName, atMs: number): Fields {
  const fields: Record<string, string> = {};
  for (const kind of KINDS) {
    const level = levels[kind];
    if (level === undefined) continue;
    const { limit, remaining, resetMs } = level;
    const names = NAMES[kind];
    fields[names[0]] = String(limit);
    fields[names[1]] = String(remaining);
    fields[names[2]] = durationText(resetMs);
    if (wire !== "anthropic-messages") continue;
    fields[`anthropic-ratelimit-${kind}-limit`] = String(limit);
    fields[`anthropic-ratelimit-${kind}-remaining`] = String(remaining);
    fields[`anthropic-ratelimit-${kind}-reset`] = timeText(atMs + resetMs);
  }
  return fields;
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
