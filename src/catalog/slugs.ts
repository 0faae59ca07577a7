import { PROVIDERS } from "./providers/index.ts";

/** Providers that the hosted service names (contract 8.5) and that have no file in `providers/` yet. */
const WITHOUT_FILE = ["bfl", "claudeaws", "exa", "fish-audio"] as const;

/**
 * Names that clients may give beside those of `PROVIDERS`, with the provider that each means: its aliases, and providers
 * known by name alone. A preference that names one of the latter speaks of a provider that is not configured; it is no error.
 */
export const SLUGS: ReadonlyMap<string, string> = new Map([
  ...[...PROVIDERS.values()].flatMap(({ name, aliases = [] }) => aliases.map((alias) => [alias, name] as const)),
  ...WITHOUT_FILE.map((name) => [name, name] as const),
]);
