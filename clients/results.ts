import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, FEATURES, type Feature, type Shown } from "./suite.ts";

export const RESULTS = join(import.meta.dir, "results.generated.json");

/** What was shown of one client: of a feature, whether all that was tried of it is so. One of which nothing was tried is not there. */
export interface Result extends Client {
  readonly features: Partial<Record<Feature, boolean>>;
}

/** As it is written down; nothing where nothing is. */
export function readResults(): Result[] {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, "utf8")) as Result[]) : [];
}

/** By client, in the order of their languages and names; features in that of the table. */
export function resultsOf(shown: readonly Shown[]): Result[] {
  const results = new Map<string, Result>();
  for (const { client, feature, failure } of shown) {
    const { title, language, version } = client;
    const name = nameOf(client);
    const result = results.get(name) ?? { title, language, version, features: {} };
    results.set(name, result);
    result.features[feature] = (result.features[feature] ?? true) && failure === undefined;
  }
  return sorted([...results.values()].map(ordered));
}

/** @param whole everything was run, so what was not found is gone */
export function merged(written: readonly Result[], found: readonly Result[], whole: boolean): Result[] {
  if (whole) return [...found];
  const names = new Set(found.map(nameOf));
  return sorted([...written.filter((one) => !names.has(nameOf(one))), ...found]);
}

/** What is written down and was not found, or the other way round, a line each. Without `whole`, of those that were run. */
export function differences(written: readonly Result[], found: readonly Result[], whole: boolean): string[] {
  const told = new Map(written.map((one) => [nameOf(one), JSON.stringify(one)]));
  const seen = new Map(found.map((one) => [nameOf(one), JSON.stringify(one)]));
  const names = new Set([...(whole ? told.keys() : []), ...seen.keys()]);
  return [...names]
    .filter((name) => told.get(name) !== seen.get(name))
    .map((name) => `${name}: written is ${told.get(name) ?? "nothing"}, found was ${seen.get(name) ?? "nothing"}`);
}

/** As the page has it. */
export const nameOf = ({ title, language }: Client) => `${title} (${language})`;

function sorted(results: readonly Result[]): Result[] {
  return [...results].sort((a, b) => a.language.localeCompare(b.language) || a.title.localeCompare(b.title));
}

function ordered({ features, ...client }: Result): Result {
  const names = (Object.keys(FEATURES) as Feature[]).filter((name) => features[name] !== undefined);
  return { ...client, features: Object.fromEntries(names.map((name) => [name, features[name]])) };
}
