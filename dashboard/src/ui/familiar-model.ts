import type { ListedModel } from "../../../src/admin/contract.ts";

const FAMILIAR = "openai/gpt-5";

/** A model that somebody serves now, to try: a familiar one, or else the newest that talks. */
export function familiarModel(models: readonly ListedModel[]): ListedModel | undefined {
  const served = models.filter(
    ({ type, is_served, is_deprecated }) => type === "language" && is_served && !is_deprecated,
  );
  const newest = served.toSorted((a, b) => (b.released_at ?? "").localeCompare(a.released_at ?? ""))[0];
  return served.find(({ id }) => id === FAMILIAR) ?? newest;
}
