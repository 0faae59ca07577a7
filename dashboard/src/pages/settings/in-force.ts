import type { Setting } from "../../../../src/admin/contract.ts";

/** Which of the settings are looked at. */
export type Kind = "all" | "told";

/** Those whose path, meaning or variable has all the words that somebody looks for. */
export function fitting(settings: readonly Setting[], kind: Kind, wanted = ""): readonly Setting[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return settings.filter(({ path, description, named, source }) => {
    if (kind === "told" && source === "default") return false;
    const text = `${path} ${description} ${named ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What begins alike stands together; options that stand alone come first. */
export function grouped(
  settings: readonly Setting[],
): readonly { readonly name: string | null; readonly settings: readonly Setting[] }[] {
  const groups = new Map<string | null, Setting[]>([[null, []]]);
  for (const setting of settings) {
    const [first, ...more] = setting.path.split(".");
    const name = more.length === 0 ? null : first!;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name)!.push(setting);
  }
  return [...groups]
    .filter(([, members]) => members.length > 0)
    .map(([name, members]) => ({ name, settings: members }));
}

/** What it is, as it would be written: `null` where there is no value to show. */
export function written({ value, is_secret: isSecret }: Setting): string | null {
  if (isSecret || value === null) return null;
  if (typeof value === "string") return value === "" ? '""' : value;
  if (Array.isArray(value) && value.length === 0) return "none";
  if (typeof value === "object" && Object.keys(value).length === 0) return "none";
  return JSON.stringify(value);
}
