import type { ListedProvider, ListedWay } from "../../../../src/admin/contract.ts";
import { type ProviderHealth, providersOf } from "../../ui/provider-health.ts";

/** A provider with how it does; without that where it was not asked lately. */
export interface Standing {
  readonly provider: ListedProvider;
  readonly health: ProviderHealth | undefined;
  /** Credentials that are not asked. */
  readonly problems: number;
  /** It has a credential, or was asked lately: the simulator may stand in for it. */
  readonly isUsed: boolean;
}

/** Those that are used first, the worst of them at the top; the others by name. */
export function standings(providers: readonly ListedProvider[], ways: readonly ListedWay[]): Standing[] {
  const health = providersOf(ways);
  const places = new Map(health.map(({ provider }, place) => [provider, place]));
  const place = ({ provider }: Standing) => places.get(provider.name) ?? health.length;
  return providers
    .map((provider) => {
      const own = health.find((one) => one.provider === provider.name);
      const problems = provider.credentials.filter(({ problem }) => problem !== undefined).length;
      return { provider, health: own, problems, isUsed: provider.credentials.length > 0 || own !== undefined };
    })
    .sort(
      (a, b) =>
        Number(b.isUsed) - Number(a.isUsed) ||
        place(a) - place(b) ||
        a.provider.title.localeCompare(b.provider.title, "en"),
    );
}

/** Every word must be in its name or title. */
export function found(all: readonly Standing[], text: string): Standing[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ provider: { name, title } }) =>
    words.every((word) => `${name} ${title}`.toLowerCase().includes(word)),
  );
}

/** How it does, in a word. */
export function wordOf({ health, problems, isUsed, provider }: Standing): {
  tone: "good" | "warn" | "bad" | "neutral";
  word: string;
} {
  if (problems > 0 && problems === provider.credentials.length) return { tone: "bad", word: "Cannot be asked" };
  if (health === undefined) return { tone: "neutral", word: isUsed ? "Not asked lately" : "No credential" };
  const words = {
    well: { tone: "good", word: "Well" },
    failing: { tone: "warn", word: "Some fail" },
    partly: { tone: "warn", word: "Partly left alone" },
    away: { tone: "bad", word: "Left alone" },
  } as const;
  return words[health.state];
}
