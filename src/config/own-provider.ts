import { PROVIDERS } from "../catalog/providers/index.ts";
import { isObject } from "../core/json.ts";
import { hint, type Problem } from "./explain.ts";

/** What the catalogue would say of a provider, the operator has to say of one that it does not have. */
const NEEDED = [
  [["wire"], "`wire: openai-chat` (or anthropic-messages)"],
  [["base_url"], "a base_url"],
  [["api_key", "api_key_file", "credentials"], "an api_key (`none` where the server wants none)"],
] as const;

/** What is not said of the operator's own providers in a configuration, whatever else is wrong with it. */
export function missingOf(config: unknown, source: string): Problem[] {
  const providers = isObject(config) && isObject(config.providers) ? config.providers : {};
  return Object.entries(providers).flatMap(([name, told]) => {
    if (PROVIDERS.has(name) || !isObject(told)) return [];
    return NEEDED.filter(([members]) => members.every((member) => told[member] === undefined)).map(([, what]) => ({
      path: ["providers", name],
      line: `${source}: providers.${name}: not in the catalogue, so it needs ${what}${hint(name, PROVIDERS.keys())}`,
    }));
  });
}
