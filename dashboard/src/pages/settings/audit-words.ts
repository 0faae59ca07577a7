import type { AuditEntry } from "../../../../src/admin/contract.ts";

/** Each action in the words of who reads of it. */
export const ACTIONS: Readonly<Record<string, string>> = {
  "admin.refused": "was refused",
  "alarm.raise": "raised an alarm",
  "budget.change": "changed a budget",
  "budget.create": "made a budget",
  "budget.remove": "took a budget away",
  "budget.set": "set a budget",
  "credential.change": "changed a credential",
  "credential.create": "entered a credential",
  "credential.look": "looked for a server's models",
  "credential.remove": "took a credential away",
  "credential.test": "tried a credential",
  "generation.correct": "corrected a cost",
  "generation.read": "read what was said",
  "key.change": "changed a key",
  "key.create": "made a key",
  "key.leak": "told of a key that was found",
  "key.revoke": "revoked a key",
  "key.rotate": "gave a key another secret",
  "playground.ask": "asked in the playground",
  "routing_rule.change": "changed a routing rule",
  "routing_rule.create": "made a routing rule",
  "routing_rule.move": "moved a routing rule",
  "routing_rule.remove": "took a routing rule away",
  "session.begin": "signed in",
  "session.end": "ended a session",
  "session.end_all": "ended all sessions",
  "sign_in_link.create": "made a sign-in link",
  "team.change": "changed a team",
  "team.create": "made a team",
  "team.remove": "took a team away",
  "virtual_model.change": "changed a virtual model",
  "virtual_model.create": "made a virtual model",
  "virtual_model.remove": "took a virtual model away",
};

/** An action that nobody has words for is told by its name. */
export function wordsOf(action: string): string {
  return ACTIONS[action] ?? action;
}

/** Who did it, as people call them. */
export function actorWords(actor: string): string {
  if (actor === "admin") return "Admin token";
  if (actor === "operator") return "Operator, by command";
  if (actor === "gateway") return "Gateway";
  if (actor === "anyone") return "Anyone";
  return actor.startsWith("session:") ? actor.slice("session:".length) : actor;
}

/** What it was done to, as people call it; `undefined` where its id is all that is known. */
export function nameOf({ action, detail }: AuditEntry): string | undefined {
  const { before, after } = (detail ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  const told = after ?? before;
  if (typeof told !== "object" || told === null) return undefined;
  if (action.startsWith("budget.") && typeof told.scope === "string") {
    const whose = told.scope_id === "*" ? "each" : told.scope_id;
    return told.scope === "gateway" ? "the gateway" : `${told.scope} ${whose}`;
  }
  return typeof told.name === "string" && told.name !== "" ? told.name : undefined;
}

/** A member of what was changed, and what it was before and after. `undefined` where it was not there. */
export interface Difference {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What is another than before; of what was only told, all of it. Deeper members stand by their path. */
export function differences({ detail }: AuditEntry): { isChange: boolean; differences: readonly Difference[] } {
  const told = (detail ?? {}) as Readonly<Record<string, unknown>>;
  const isChange = "before" in told || "after" in told;
  const [before, after] = isChange ? [flat(told.before), flat(told.after)] : [new Map<string, string>(), flat(told)];
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return {
    isChange: isChange && before.size > 0,
    differences: paths
      .map((path) => ({ path, before: before.get(path), after: after.get(path) }))
      .filter((one) => one.before !== one.after),
  };
}

function flat(value: unknown, at = ""): Map<string, string> {
  const found = new Map<string, string>();
  if (value === undefined || (value === null && at === "")) return found;
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    for (const [name, member] of Object.entries(value))
      for (const [path, text] of flat(member, at === "" ? name : `${at}.${name}`)) found.set(path, text);
    return found;
  }
  if (at !== "") found.set(at, typeof value === "string" ? value : JSON.stringify(value));
  return found;
}

/** The page that shows what it was done to, where there is one. */
export function placeOf({ action, target }: AuditEntry): { to: string; search?: Record<string, string> } | undefined {
  const [kind] = action.split(".");
  if (target.startsWith("gen_")) return { to: `/requests/${target}` };
  if (kind === "key" && target.startsWith("key_")) return { to: "/keys", search: { key: target } };
  if (kind === "team") return { to: "/keys", search: { tab: "teams" } };
  if (kind === "budget") return { to: "/budgets" };
  if (kind === "credential") return { to: "/providers" };
  if (kind === "routing_rule" || kind === "virtual_model") return { to: "/routing" };
  return undefined;
}
