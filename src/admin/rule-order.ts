import type { JsonObject } from "../core/json.ts";
import { invalid, type Made } from "./made-direction.ts";
import { inOrder } from "./shared-directions.ts";

/** What becomes of all that is made here once a rule is moved. */
export interface Moved {
  readonly all: readonly Made[];
  /** Those that stand elsewhere now. Their places are those that there were, as far as these tell them apart. */
  readonly changed: readonly Made[];
  /** For the audit log: how many rules that are made here stood before it, and itself; and how many do now. */
  readonly told: JsonObject;
}

/**
 * Moves a rule.
 * @param made all, in their order; `before` the rule that it is to stand before, `null` for the end
 * @throws GatewayError `invalid_request` for one that is no other rule
 */
export function moved(made: readonly Made[], one: Made, before: string | null, version: number): Moved {
  const rules = made.filter(({ kind }) => kind === "rule");
  const others = rules.filter((rule) => rule !== one);
  const at = before === null ? others.length : others.findIndex(({ id }) => id === before);
  if (at < 0)
    throw invalid("before", `There is no other rule ${JSON.stringify(before?.slice(0, 200))} that was made here.`);
  let last = Number.NEGATIVE_INFINITY;
  const places = rules.map(({ place }) => {
    last = Math.max(place, last + 1);
    return last;
  });
  const placed = new Map(others.toSpliced(at, 0, one).map((rule, i) => [rule, places[i]!]));
  const changes = new Map(
    rules.flatMap((rule) => {
      const place = placed.get(rule)!;
      return place === rule.place ? [] : [[rule, { ...rule, place, version }] as const];
    }),
  );
  return {
    all: made.map((rule) => changes.get(rule) ?? rule).toSorted(inOrder),
    changed: [...changes.values()],
    told: { before: { place: rules.indexOf(one) + 1 }, after: { place: at + 1 } },
  };
}
