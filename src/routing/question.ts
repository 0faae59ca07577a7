import type { Ask } from "../core/ask.ts";
import type { Choice, CredentialFacts } from "./choice.ts";
import type { Demands, Policy } from "./policy.ts";
import type { Preferences } from "./preferences.ts";
import { slugOf } from "./refusal.ts";
import type { PlaceThere } from "./region.ts";

/** A request with its preferences, in the names that providers have here. */
export interface Question {
  readonly ask: Ask;
  readonly preferences: Preferences;
  readonly order: readonly string[];
  readonly only: readonly string[];
  readonly ignore: readonly string[];
  /** Nobody else may be asked for this key, on whosever account. */
  readonly providers?: ReadonlySet<string> | undefined;
  readonly demands: Demands;
  placeFor(provider: string): PlaceThere;
  timeoutOf(credential: CredentialFacts): number | undefined;
}

/** @param above what is demanded of the request's key @throws GatewayError `invalid_request` for a provider nobody knows */
export function questionOf<C extends CredentialFacts>(
  choice: Choice<C>,
  ask: Ask,
  preferences: Preferences,
  { policy, providers }: { readonly policy?: Policy; readonly providers?: ReadonlySet<string> },
): Question {
  const { zeroDataRetention, disallowPromptTraining, hipaaCompliant, region, timeouts } = preferences;
  const named = (names: readonly string[], option: string) => names.map((name) => slugOf(choice, name, option));
  const byProvider = <T>(told: ReadonlyMap<string, T>, option: string) =>
    new Map([...told].map(([name, value]) => [slugOf(choice, name, option), value]));
  const places = region === undefined ? undefined : byProvider(region.providers, "inferenceRegion.providers");
  const all = timeouts === undefined ? undefined : byProvider(timeouts.all, "providerTimeouts");
  const byok = timeouts === undefined ? undefined : byProvider(timeouts.byok, "providerTimeouts.byok");
  return {
    ask,
    preferences,
    order: named(preferences.order, "order"),
    only: named(preferences.only, "only"),
    ignore: named(preferences.ignore, "ignore"),
    providers,
    demands: {
      request: { zeroDataRetention, noTraining: disallowPromptTraining, hipaa: hipaaCompliant },
      above: [choice.policy, policy].filter((one) => one !== undefined),
    },
    placeFor: (provider) => (places?.has(provider) === true ? places.get(provider) : region?.usual),
    timeoutOf: ({ provider, kind }) => (kind === "byok" ? byok?.get(provider) : undefined) ?? all?.get(provider),
  };
}
