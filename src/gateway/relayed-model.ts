import { type Endpoint, endpointsOf } from "../catalog/endpoint.ts";
import type { Model } from "../catalog/model.ts";
import type { RelayConfig, VirtualModelConfig } from "../config/direction.ts";
import { ConfigError } from "../config/explain.ts";
import { present } from "../core/json.ts";
import type { Credential } from "../upstream/credentials.ts";
import { allCredentials, simulatedCredentials } from "./credentials.ts";
import { ownProvider, priceOf } from "./own-provider.ts";

/** A virtual model that stands for an address: it is its own provider, of the one model that it is (contract 9.5). */
export interface RelayedModel {
  readonly model: Model;
  readonly endpoint: Endpoint;
  readonly credentials: readonly Credential[];
}

/** Most that are kept of those that are not asked for any more. */
const KEPT = 2000;

/** Makes them, and gives the same for the same: what is known of who answers, and the connections, stay while others are changed. */
export class RelayedModels {
  private readonly simulator: string | undefined;
  private readonly made = new Map<string, RelayedModel>();

  /** @param simulator where it listens, if it shall answer in their place */
  constructor(simulator: string | undefined) {
    this.simulator = simulator;
  }

  /** Those among virtual models, by name. @throws ConfigError */
  of(told: Readonly<Record<string, VirtualModelConfig>>): Map<string, RelayedModel> {
    const all = new Map<string, RelayedModel>();
    for (const [name, { relay }] of Object.entries(told)) if (relay !== undefined) all.set(name, this.one(name, relay));
    return all;
  }

  private one(name: string, relay: RelayConfig): RelayedModel {
    const key = JSON.stringify([name, relay]);
    const found = this.made.get(key) ?? relayedModel(name, relay, this.simulator);
    this.made.delete(key);
    this.made.set(key, found);
    const [oldest] = this.made.keys();
    if (this.made.size > KEPT && oldest !== undefined) this.made.delete(oldest);
    return found;
  }
}

function relayedModel(name: string, relay: RelayConfig, simulator: string | undefined): RelayedModel {
  const { upstream, context_window, max_output, abilities, quirks, price, api_key, api_key_file, ...there } = relay;
  const secret = api_key === undefined && api_key_file === undefined ? { api_key: "none" } : { api_key, api_key_file };
  const told = present({ ...there, ...secret });
  const providers = new Map([[name, ownProvider(name, told)]]);
  const model: Model = present({
    id: name,
    name,
    type: "language",
    own: true,
    contextWindow: context_window,
    maxOutput: max_output,
    abilities: abilities ?? [],
    quirks,
    offers: [
      present({
        provider: name,
        upstream: upstream ?? name.slice(name.indexOf("/") + 1),
        price: price === undefined ? undefined : priceOf(price),
      }),
    ],
  });
  const [endpoint] = endpointsOf(model, providers);
  const credentials =
    simulator === undefined ? credentialsOf(name, providers, told) : simulatedCredentials(providers, simulator);
  return { model, endpoint: endpoint!, credentials: credentials.get(name)! };
}

function credentialsOf(name: string, providers: Parameters<typeof allCredentials>[0], told: object) {
  try {
    return allCredentials(providers, { providers: { [name]: told } }, {});
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    throw new ConfigError(
      thrown.problems.map((line) => line.replace(`providers.${name}`, `virtual_models.${name}.relay`)),
    );
  }
}
