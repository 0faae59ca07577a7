import type { Provider } from "../catalog/provider.ts";
import { asAccount, CREDENTIAL_PLACES, CREDENTIAL_SECRETS, type MadeCredential } from "../config/credential.ts";
import { ConfigError, hint } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { Config, ProviderConfig } from "../config/schema.ts";
import { present } from "../core/json.ts";
import type { Choice } from "../routing/plan.ts";
import type { Credential } from "../upstream/credentials.ts";
import { addressOf, allCredentials, credentialOf, variablesOf } from "./credentials.ts";
import type { Snapshot } from "./gateway.ts";
import { servedAt } from "./served-models.ts";

/** What is made of an account at a provider that was entered while the gateway runs. */
export interface EnteredAccounts {
  /**
   * What its secret is entered for: the provider, the name, and where that is. Where any of it is otherwise, the secret is not for that.
   * @throws ConfigError for a provider that nobody knows
   */
  boundOf(provider: string, told: MadeCredential): string;
  /** @throws ConfigError for what makes no account there */
  credentialOf(provider: string, told: MadeCredential): Credential;
}

/** What the admin API is to know of who could answer, beside what was entered there. */
export function enteredParts(config: Config, env: Environment, { places, choice, simulated }: Snapshot) {
  const { providers } = places;
  const real = simulated ? allCredentials(providers, config, env) : choice.credentials;
  const models = new Map<string, number>();
  for (const { provider } of [...choice.endpoints.values()].flat())
    models.set(provider, (models.get(provider) ?? 0) + 1);
  return {
    accounts: enteredAccounts(config, env, providers),
    providers: [...providers.values()].map((provider) => ({
      ...toldOf(provider, config.providers[provider.name], env),
      models: models.get(provider.name) ?? 0,
    })),
    fixed: new Map([...real].filter(([name]) => providers.has(name))),
    configured: new Set(Object.keys(config.providers)),
    servedAt,
  };
}

function toldOf(provider: Provider, config: ProviderConfig | undefined, env: Environment) {
  const { name, title, docs, baseUrl, auth, region } = provider;
  const isPlaced = baseUrl !== undefined || config?.base_url !== undefined || addressOf(provider, env) !== undefined;
  return {
    name,
    title,
    docs: docs === "" ? null : docs,
    base_url: baseUrl ?? null,
    authentication: WAYS[auth.kind],
    variables: variablesOf(auth),
    // That of Google's cloud is made of project and location.
    needs_base_url: !isPlaced && auth.kind !== "google-cloud",
    usual_region: region?.usual ?? null,
  };
}

/** How each shows who asks, as the admin API tells it. */
const WAYS = {
  bearer: "key",
  header: "key",
  aws: "aws",
  "google-cloud": "google_cloud",
  none: "none",
} as const satisfies Record<Provider["auth"]["kind"], string>;

/** Of the configuration no more is heard than where its provider is: what stands in somebody's contract is for that account alone. */
export function enteredAccounts(
  config: Pick<Config, "providers">,
  env: Environment,
  providers: ReadonlyMap<string, Provider>,
): EnteredAccounts {
  const known = (name: string) => {
    const provider = providers.get(name);
    if (provider === undefined)
      throw new ConfigError([
        `provider: nobody knows a provider "${name.slice(0, 64)}"${hint(name, providers.keys())}`,
      ]);
    return provider;
  };
  const placed = (name: string, told: MadeCredential): ProviderConfig => {
    const shared: ProviderConfig = config.providers[name] ?? {};
    const places = Object.fromEntries(CREDENTIAL_PLACES.map((place) => [place, shared[place]]));
    return present({ ...places, ...present(asAccount(told)) });
  };
  return {
    boundOf(name, told) {
      const provider = known(name);
      const { base_url, region, project, location } = placed(name, told);
      const address =
        base_url === undefined ? originOf(provider.baseUrl ?? addressOf(provider, env) ?? "") : wholeOf(base_url);
      const places = [region, project, location].map((place) => place ?? null);
      return JSON.stringify([name, told.name, address, ...places]);
    },
    credentialOf(name, told) {
      oneWay(known(name), told);
      const secrets = CREDENTIAL_SECRETS.flatMap((member) => told[member] ?? []);
      const account = {
        told: placed(name, told),
        at: name,
        name: told.name,
        weight: told.weight,
        keyText: told.credentials_json,
        secrets: secrets.filter(({ length }) => length > 9),
      };
      const made = credentialOf(known(name), account, withoutSecrets(env, known(name)));
      if (made === undefined) throw new ConfigError([`${name}: needs a secret, such as an api_key`]);
      return made;
    },
  };
}

/** Of what would be passed over without a word nobody would know. @throws ConfigError */
function oneWay({ name, auth }: Provider, told: MadeCredential): void {
  const signs = told.access_key_id ?? told.secret_access_key ?? told.session_token;
  const ways = [told.api_key, signs, told.credentials_json].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new ConfigError([`${name}: an api_key, an access key and credentials_json are three ways to ask: tell one`]);
  if (told.credentials_json !== undefined && auth.kind !== "google-cloud")
    throw new ConfigError([`${name}.credentials_json: it has no such thing`]);
}

/** With those that were entered behind those of the configuration. */
export function withEntered(
  choice: Choice<Credential>,
  entered: ReadonlyMap<string, readonly Credential[]>,
): Choice<Credential> {
  if (entered.size === 0) return choice;
  const all = [...entered].map(([name, own]) => [name, [...(choice.credentials.get(name) ?? []), ...own]] as const);
  return { ...choice, credentials: new Map([...choice.credentials, ...all]) };
}

/** One that somebody told, with its path: behind one name there may be many tenants. */
function wholeOf(address: string): string {
  if (!URL.canParse(address)) return address;
  const { origin, pathname } = new URL(address);
  return origin + pathname.replace(/(?<!\/)\/+$/, "");
}

/** Scheme, name and port: a vendor may move its paths. An address for each region is none yet. */
function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address;
}

/** Where the vendor's address is may lie in the environment; a secret that lies there is another account's. */
function withoutSecrets(env: Environment, { addressVariables = [], region }: Provider): Environment {
  const variables = [...addressVariables, ...(region?.variables ?? [])];
  return Object.fromEntries(variables.map((variable) => [variable, env[variable]]));
}
