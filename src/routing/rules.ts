import { GatewayError } from "../core/error.ts";

/** What the operator says of asking for a model: that another is asked instead, or that nobody may. */
export interface Rule {
  readonly id: string;
  /** Which models: a name, or how names begin, before a `*`. */
  readonly model: string;
  /** The catalogue's name for it, where it is told by a provider's own. */
  readonly canonical?: string;
  /** What is asked for instead. Absent for a rule that denies. */
  readonly to?: string;
  /** Told to whoever is denied. */
  readonly reason?: string;
}

/** Where the rules lead: to a model, to a denial, or round and round; and which led there, by their ids. */
export type Outcome =
  | { readonly kind: "model"; readonly model: string; readonly by: readonly string[] }
  | { readonly kind: "denied"; readonly rule: Rule; readonly by: readonly string[] }
  | { readonly kind: "endless"; readonly rules: readonly string[] };

/** Longest chain of rewrites (contract 11). */
const HOPS = 10;

/**
 * Where the rules lead who asks for a model. The first that is for it counts; what it leads to is looked up again.
 * @param canonical the catalogue's name for what may be asked for by another: a rule for the one is a rule for the other
 * @param from the rule that has led there
 */
export function follow(
  rules: readonly Rule[],
  asked: string,
  canonical: (name: string) => string,
  from?: string,
): Outcome {
  const passed = from === undefined ? [] : [from];
  let model = asked;
  for (;;) {
    const rule = rules.find((one) => isFor(one, model, canonical(model)));
    if (rule === undefined) return { kind: "model", model, by: passed };
    if (rule.to === undefined) return { kind: "denied", rule, by: passed };
    if (passed.length === HOPS || passed.includes(rule.id)) return { kind: "endless", rules: [...passed, rule.id] };
    passed.push(rule.id);
    model = rule.to;
  }
}

/** The rule that denies a model which nobody asked for by name: what the operator chose is not rewritten, but may still be denied. */
export function denialOf(rules: readonly Rule[], model: string, canonical: (name: string) => string): Rule | undefined {
  const first = rules.find((one) => isFor(one, model, canonical(model)));
  return first?.to === undefined ? first : undefined;
}

/** A rule that leads to where one is already has nothing to say. */
function isFor({ model, to, canonical: meant }: Rule, asked: string, canonical: string): boolean {
  if (to === asked || to === canonical) return false;
  if (!model.endsWith("*")) return model === asked || model === canonical || meant === canonical;
  const beginning = model.slice(0, -1);
  return asked.startsWith(beginning) || canonical.startsWith(beginning);
}

/** Ids of the rules that lead on to each other for ever, or too far, in the order in which they do; `undefined` where none do. */
export function endlessIn(rules: readonly Rule[], canonical: (name: string) => string): readonly string[] | undefined {
  for (const { id, to } of rules) {
    if (to === undefined) continue;
    const outcome = follow(rules, to, canonical, id);
    if (outcome.kind !== "endless") continue;
    const passed = outcome.rules;
    const again = passed.findIndex((one, i) => passed.indexOf(one) < i);
    return again < 0 ? passed : passed.slice(0, again + 1);
  }
  return undefined;
}

/** What the client is told whom a rule denies the model (contract 9.5). */
export function denied({ id, reason }: Rule): GatewayError {
  const message = `Request denied by a routing rule.${reason === undefined ? "" : ` ${reason}`}`;
  return new GatewayError("denied_by_rule", message, { ruleId: id });
}

/** What the client is told whose request goes round and round. */
export function endless(model: string, rules: readonly string[]): GatewayError {
  const message = `The routing rules for ${JSON.stringify(model)} lead nowhere: ${rules.join(" → ")}. At most ${HOPS} may follow each other.`;
  return new GatewayError("invalid_request", message, { param: "model" });
}
