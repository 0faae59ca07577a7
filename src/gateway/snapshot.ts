import type { KeyRing } from "../access/keys.ts";
import { type Endpoint, endpointsOf } from "../catalog/endpoint.ts";
import type { Model, Offer } from "../catalog/model.ts";
import { MODELS } from "../catalog/models.ts";
import type { Provider } from "../catalog/provider.ts";
import { PROVIDERS } from "../catalog/providers/index.ts";
import { SLUGS } from "../catalog/slugs.ts";
import type { DirectionsConfig } from "../config/direction.ts";
import { ConfigError, hint } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { ClocksConfig, Config, ModelConfig, ProviderConfig } from "../config/schema.ts";
import { present } from "../core/json.ts";
import { fetchFile } from "../upstream/remote-file.ts";
import type { Clocks } from "../upstream/watch.ts";
import { ADAPTS, WRITTEN_WIRES } from "../wires/index.ts";
import { allCredentials, clientAccounts, simulatedCredentials, variablesOf, withoutBelow } from "./credentials.ts";
import { allowedOf, directoryOf, virtualListing } from "./direction.ts";
import type { Snapshot } from "./gateway.ts";
import { ownProvider, priceOf } from "./own-provider.ts";
import { type RelayedModel, RelayedModels } from "./relayed-model.ts";

export interface SnapshotParts {
  config: Config;
  env: Environment;
  keys: KeyRing;
  /** Where the built-in simulator listens, if it shall answer for every provider. */
  simulator: string | undefined;
}

/**
 * Compiles catalogue, configuration and environment into what requests are decided by.
 * @throws ConfigError for what only shows when the parts meet
 */
export function compileSnapshot({ config, env, keys, simulator }: SnapshotParts): Snapshot {
  const providers = allProviders(config);
  const models = allModels(config);
  const clocks = new Map([...providers.keys()].map((name) => [name, clocksOf(config, name)]));
  const usual = clocksOf(config);
  const endpoints = allEndpoints(models, providers);
  const slugs = new Map([...SLUGS, ...[...providers.keys()].map((name) => [name, name] as const)]);
  const hedged = config.hedging.models.filter((name) => !endpoints.has(name));
  if (hedged.length > 0)
    throw new ConfigError(
      hedged.map((name) => `hedging.models: nobody knows a model "${name}"${hint(name, endpoints.keys())}`),
    );
  const ownNames = byOwnName(endpoints);
  const choice: Snapshot["choice"] = {
    endpoints,
    byOwnName: ownNames,
    credentials:
      simulator === undefined ? allCredentials(providers, config, env) : simulatedCredentials(providers, simulator),
    slugs,
    variables: new Map([...providers].map(([name, { auth }]) => [name, variablesOf(auth)])),
    wires: {
      outbound: new Set(WRITTEN_WIRES.flatMap(({ name, outbound }) => (outbound === undefined ? [] : [name]))),
      transcodes: new Set(
        WRITTEN_WIRES.flatMap(({ name, inbound }) => (inbound?.transcode === undefined ? [] : [name])),
      ),
      adapts: ADAPTS,
    },
    policy: {
      zeroDataRetention: config.policy.zero_data_retention,
      noTraining: config.policy.no_training,
      hipaa: config.policy.hipaa,
    },
  };
  const relays = new RelayedModels(simulator);
  const directions = (told: DirectionsConfig) => {
    const relayed = relays.of(told.virtual_models);
    const ends = new Map([...relayed].map(([name, { endpoint }]) => [name, endpoint]));
    const directory = directoryOf(told, { endpoints, byOwnName: ownNames, slugs, relayed: ends });
    const known = new Map([...models, ...[...relayed].map(([name, { model }]) => [name, model] as const)]);
    const listed = new Map([...models, ...virtualListing(told, known, directory)]);
    return { directory, choice: withRelayed(choice, relayed), models: allowedOf(listed, directory), known: listed };
  };
  return {
    ...directions(config),
    directions,
    places: { providers, slugs, simulator },
    accounts: simulator === undefined ? clientAccounts(providers) : new Map(),
    keys,
    ceiling: config.budgets.ceiling_price === undefined ? undefined : priceOf(config.budgets.ceiling_price),
    heartbeatMs: config.heartbeat_seconds * 1000,
    stalledMs: config.stalled_seconds * 1000,
    simulated: simulator !== undefined,
    clocks: (provider) => clocks.get(provider) ?? usual,
    fetchFile: (url) => fetchFile(url, { bytes: config.limits.file_bytes, milliseconds: config.limits.file_ms }),
  };
}

/** Whether any provider has a credential: without one, a gateway has nobody to ask. */
export function hasCredentials(config: Config, env: Environment): boolean {
  const isRelay = ({ relay }: Config["virtual_models"][string]) => relay !== undefined;
  return (
    Object.values(config.virtual_models).some(isRelay) || allCredentials(allProviders(config), config, env).size > 0
  );
}

/** With those who are asked for under names of the operator's. */
function withRelayed(choice: Snapshot["choice"], relayed: ReadonlyMap<string, RelayedModel>): Snapshot["choice"] {
  if (relayed.size === 0) return choice;
  const all = [...relayed];
  return {
    ...choice,
    endpoints: new Map([...choice.endpoints, ...all.map(([name, { endpoint }]) => [name, [endpoint]] as const)]),
    credentials: new Map([...choice.credentials, ...all.map(([name, one]) => [name, one.credentials] as const)]),
    slugs: new Map([...choice.slugs, ...all.map(([name]) => [name, name] as const)]),
  };
}

/** The catalogue's providers, as the configuration changes them, and the operator's own. */
function allProviders(config: Config): Map<string, Provider> {
  const providers = new Map(PROVIDERS);
  for (const [name, told] of Object.entries(config.providers)) {
    const known = PROVIDERS.get(name);
    const provider = known === undefined ? ownProvider(name, told) : adjusted(known, told);
    const { baseUrl } = provider;
    // Clients' own credentials go there as well.
    providers.set(name, baseUrl === undefined ? provider : { ...provider, baseUrl: withoutBelow(provider, baseUrl) });
  }
  return providers;
}

function adjusted(known: Provider, told: ProviderConfig): Provider {
  return present({
    ...known,
    baseUrl: told.base_url ?? known.baseUrl,
    headers: told.headers === undefined ? known.headers : { ...known.headers, ...told.headers },
    wires: told.wire === undefined ? known.wires : { ...known.wires, generate: [told.wire] },
    // A wire of the operator's is for everything that is served there.
    makers: told.wire === undefined ? known.makers : undefined,
    quirks: told.quirks ?? known.quirks,
  });
}

/** The catalogue's models, with what the operator says of an offer in its place and new offers first, and the operator's own models. */
function allModels(config: Config): Map<string, Model> {
  const models = new Map(MODELS.map((model) => [model.id, model]));
  // From the last to the first: what is told first stands before the rest, and wins.
  for (const [provider, { models: told = [] }] of Object.entries(config.providers).toReversed()) {
    for (const model of told) models.set(model.id, merged(models.get(model.id), provider, model));
  }
  return models;
}

function merged(known: Model | undefined, provider: string, told: ModelConfig): Model {
  const before = known?.offers ?? [];
  const listed = before.find((offer) => offer.provider === provider);
  const offer: Offer = present({
    provider,
    upstream: told.upstream ?? listed?.upstream ?? told.id.slice(told.id.indexOf("/") + 1),
    placed: listed === undefined ? true : undefined,
    price: told.price === undefined ? listed?.price : priceOf(told.price),
    told: told.price === undefined ? undefined : true,
  });
  const offers = listed === undefined ? [offer, ...before] : before.map((one) => (one === listed ? offer : one));
  return present({
    id: told.id,
    name: told.name ?? known?.name ?? told.id,
    description: known?.description,
    type: known?.type ?? told.type,
    contextWindow: told.context_window ?? known?.contextWindow,
    maxOutput: told.max_output ?? known?.maxOutput,
    released: known?.released,
    deprecated: known?.deprecated,
    own: known === undefined ? true : known.own,
    abilities: told.abilities ?? known?.abilities ?? [],
    quirks: told.quirks ?? known?.quirks,
    offers,
  });
}

function allEndpoints(
  models: ReadonlyMap<string, Model>,
  providers: ReadonlyMap<string, Provider>,
): Map<string, Endpoint[]> {
  return new Map([...models].map(([id, model]) => [id, endpointsOf(model, providers)]));
}

/** The seed's `provider/model-name`: a provider's own name for a model asks for it there and nowhere else. */
function byOwnName(endpoints: ReadonlyMap<string, readonly Endpoint[]>): Map<string, readonly [Endpoint]> {
  const all = [...endpoints.values()].flat();
  return new Map(all.map((endpoint) => [`${endpoint.provider}/${endpoint.upstream}`, [endpoint]]));
}

/** @param provider absent: of one that has none of its own */
function clocksOf(config: Config, provider?: string): Clocks {
  const own = provider === undefined ? undefined : config.providers[provider]?.clocks;
  const told: ClocksConfig = { ...config.clocks, ...present(own ?? {}) };
  return {
    connect: told.connect_ms ?? 10_000,
    firstByte: told.first_byte_ms ?? 300_000,
    firstContent: told.first_content_ms ?? 300_000,
    // A model that has opened its stream may think as long before its first word as one that has not.
    idle: told.idle_ms ?? 300_000,
    total: told.total_ms ?? 1_800_000,
  };
}
