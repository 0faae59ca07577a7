import type { UsageGroup } from "../../../../src/admin/contract.ts";
import { type Asked, FILTERS } from "./filters.ts";
import { asReports, rangeOf } from "./range.ts";

/** What requests add up to. Spend is what the operator pays, in dollars; cached tokens are part of the input, reasoning is part of the output. */
export interface Sums {
  readonly requests: number;
  readonly errors: number;
  readonly spend: number;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** Filter → what a report is narrowed down or grouped by, and the member that its groups have then. */
const DIMENSIONS = {
  model: { only: "model", group: "model" },
  provider: { only: "provider", group: "provider" },
  api_key_id: { only: "api_key_id", group: "api_key_id" },
  team: { only: "team", group: "team" },
  user_id: { only: "user_id", group: "user" },
  app: { only: "app", group: "app" },
  error: { only: "error", group: "error" },
  credential_type: { only: "credential_type", group: "credential_type" },
} as const satisfies Record<string, { only: string; group: keyof UsageGroup }>;

export interface Report {
  /** Several, which have nothing in common. */
  readonly queries: readonly Readonly<Record<string, string>>[];
  /** What of that is taken away again: of those that worked, those that failed. */
  readonly without: readonly Readonly<Record<string, string>>[];
  /** Which of its groups count. */
  readonly counts: (group: UsageGroup) => boolean;
}

/** What sums are asked by; or the filters, in words, of which reports know nothing. */
export function reportOf(asked: Asked, now: number): Report | { readonly unknown: readonly string[] } {
  const { by, search } = asked;
  const labels = FILTERS.filter(({ name }) => name in by && !isKnown(name, by[name]!, by)).map(({ label }) => label);
  const unknown = search === undefined ? labels : [...labels, "Search"];
  // No report is of those that worked: it is of all, less those that failed.
  const hasWorked = by.status?.[0] === "ok" || by.error?.includes("") === true;
  // A report of apps goes by neither users nor tags, but for one of errors.
  const isSplit = "app" in by && ("user_id" in by || "tag" in by) && (hasWorked || !("error" in by || "status" in by));
  if (unknown.length > 0 || isSplit) return { unknown: unknown.length > 0 ? unknown : ["App with End user or Tag"] };
  const query: Record<string, string> = {};
  const groups: string[] = [];
  const among: ((group: UsageGroup) => boolean)[] = [];
  for (const [name, { only, group }] of Object.entries(DIMENSIONS)) {
    const values = name === "error" && hasWorked ? undefined : by[name];
    if (values?.length === 1) query[only] = values[0]!;
    else if (values !== undefined) {
      groups.push(group);
      among.push((one) => values.includes(String(one[group as keyof UsageGroup] ?? "")));
    }
  }
  if (by.tag !== undefined) Object.assign(query, { tags: JSON.stringify(by.tag), tags_match: "any" });
  const queriesBy = (all: readonly string[]) =>
    asReports(rangeOf(asked, now), now).map((stretch) => ({
      ...query,
      group_by: (all.length === 0 ? ["credential_type"] : all).join(","),
      ...stretch,
    }));
  // Grouped by error it is of those that failed, and of no others.
  const failed = groups.includes("error") ? groups : [...groups, "error"];
  const counts = (group: UsageGroup) => among.every((one) => one(group));
  if (hasWorked) return { queries: queriesBy(groups), without: queriesBy(failed), counts };
  return { queries: queriesBy(by.status === undefined ? groups : failed), without: [], counts };
}

function isKnown(name: string, values: readonly string[], by: Asked["by"]): boolean {
  // A report of tags knows of none without one.
  if (name === "tag") return !values.includes("");
  // Those without an error are those that worked; with others, or failed after all, they are neither.
  if (name === "error" && values.includes("")) return values.length === 1 && by.status?.[0] !== "error";
  return (
    name in DIMENSIONS || (name === "status" && (values[0] === "error" || by.error?.some((one) => one !== "") !== true))
  );
}

export function sumsOf(groups: readonly UsageGroup[]): Sums {
  const sum = (member: "request_count" | "error_count" | "total_cost" | (`${string}_tokens` & keyof UsageGroup)) =>
    groups.reduce((all, group) => all + (group[member] as number), 0);
  return {
    requests: sum("request_count"),
    errors: sum("error_count"),
    spend: sum("total_cost"),
    input: sum("input_tokens"),
    cached: sum("cached_input_tokens"),
    output: sum("output_tokens"),
    reasoning: sum("reasoning_tokens"),
  };
}

/** Of all, those that are not among the others: what failed is gone, and costs less than nothing never. */
export function sumsWithout(all: Sums, others: Sums): Sums {
  const less = (measure: keyof Sums) => Math.max(0, all[measure] - others[measure]);
  return {
    requests: all.requests - all.errors,
    errors: 0,
    spend: Math.round(less("spend") * 1e9) / 1e9,
    input: less("input"),
    cached: less("cached"),
    output: less("output"),
    reasoning: less("reasoning"),
  };
}
