/** Of a row, whose account of a scope it is spent from. */
export const OWNERS: Readonly<Record<string, string>> = {
  gateway: "'gateway'",
  team: "generations.team",
  key: "generations.key_id",
  user: 'generations."user"',
  entity: "generations.entity",
  tag: "generations.tags",
};
export const EACH = "*";
/** So long after a budget was changed a gateway may not have known of it: it asks a database that fails. */
export const GRACE_MS = 600_000;
export const DAY_MS = 86_400_000;
/** What budgets were charged for a row. */
export const COST = "COALESCE(generations.cost, 0) + COALESCE(generations.reckoned, 0)";

/** Those whom the owner of a row means: tags are a list. */
export function ownersIn(scope: string, owner: string): Iterable<string> {
  return scope === "tag" ? new Set(JSON.parse(owner) as string[]) : [owner];
}
