import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ABILITIES, type Ability, type Model } from "../src/catalog/model.ts";
import catalogue from "../src/catalog/models.generated.json" with { type: "json" };

/**
 * `node bin/bun.mjs scripts/lacks.ts <checkout of github.com/anomalyco/models.dev>` writes what models cannot do. Only what that
 * source (MIT) says of a model in so many words, twice or as its maker's entry, and nobody there denies, our own table of
 * families included: a model that is taken for unable is refused, which is worse than one that is asked in vain.
 */

/** Our providers where the source calls them otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  bedrock: "amazon-bedrock",
  fireworks: "fireworks-ai",
  vertex: "google-vertex",
  novita: "novita-ai",
};

type Entry = { tool_call?: boolean; reasoning?: boolean; modalities?: { input?: string[] }; base_model?: string };

const root = process.argv[2];
if (root === undefined) throw new Error("Say where the checkout of models.dev lies.");

function entryAt(path: string): Entry | undefined {
  const file = join(root!, path);
  if (!existsSync(file)) return undefined;
  const entry = Bun.TOML.parse(readFileSync(file, "utf8")) as Entry;
  const base = entry.base_model === undefined ? undefined : entryAt(`models/${entry.base_model}.toml`);
  return { ...base, ...entry };
}

/** What the entry says of an ability; `undefined` where it says nothing. */
function says({ tool_call: calls, reasoning, modalities }: Entry, ability: Ability): boolean | undefined {
  if (ability === "tools") return calls;
  if (ability === "reasoning") return reasoning;
  const kind = ({ vision: "image", files: "pdf", "audio-input": "audio" } as Partial<Record<Ability, string>>)[ability];
  return kind === undefined ? undefined : modalities?.input?.includes(kind);
}

const models = catalogue.models as unknown as Model[];
const lacks: Record<string, Ability[]> = {};
for (const { id, type, abilities, offers } of models) {
  if (type !== "language") continue;
  const maker = id.slice(0, id.indexOf("/"));
  const paths = offers.map(
    ({ provider, upstream }) => `providers/${NAMES[provider] ?? provider}/models/${upstream}.toml`,
  );
  const entries = [...paths, `providers/vercel/models/${id}.toml`, `models/${id}.toml`].flatMap((path) => {
    const entry = entryAt(path);
    return entry === undefined
      ? []
      : [{ entry, own: path.startsWith(`providers/${maker}/`) || path.startsWith("models/") }];
  });
  const missing = ABILITIES.filter((ability) => {
    const told = entries.filter(({ entry }) => says(entry, ability) !== undefined);
    if (abilities.includes(ability) || told.some(({ entry }) => says(entry, ability) === true)) return false;
    return told.length > 1 || told.some(({ own }) => own);
  });
  if (missing.length > 0) lacks[id] = missing;
}
const rows = Object.entries(lacks).map(([id, abilities]) => `${JSON.stringify(id)}:${JSON.stringify(abilities)}`);
const source = "scripts/lacks.ts; https://github.com/anomalyco/models.dev, MIT";
writeFileSync(
  join(import.meta.dir, "../src/catalog/lacks.generated.json"),
  `{\n"source":${JSON.stringify(source)},\n"lacks":{\n${rows.join(",\n")}\n}\n}\n`,
);
