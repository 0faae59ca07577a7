import type { ListedRule, MovedRule } from "../../../../src/admin/contract.ts";

/** One up, or one down. */
export type Step = -1 | 1;

/** Where a rule comes by one step; `undefined` where there is none: those of the configuration stay before all others. */
export function targetOf(rules: readonly ListedRule[], rule: ListedRule, step: Step): MovedRule | undefined {
  const own = rules.filter(({ read_only: isFixed }) => !isFixed);
  const at = own.findIndex(({ id }) => id === rule.id);
  const next = own[at + step];
  if (at < 0 || next === undefined) return undefined;
  return { before: step < 0 ? next.id : (own[at + 2]?.id ?? null) };
}
