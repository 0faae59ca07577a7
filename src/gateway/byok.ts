import { createPrivateKey, type KeyObject } from "node:crypto";
import type { Provider } from "../catalog/provider.ts";
import { PROVIDERS } from "../catalog/providers/index.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { bearerProof } from "../upstream/auth/bearer.ts";
import { AccessToken, TOKEN_URL } from "../upstream/auth/google.ts";
import { headerProof } from "../upstream/auth/header.ts";
import { awsPrepare } from "../upstream/auth/sigv4.ts";
import { Credential } from "../upstream/credentials.ts";
import { parseOrigin } from "../upstream/origin.ts";
import { Pool } from "../upstream/pool.ts";
import { type Access, proofOf, SECRET } from "./credentials.ts";
import { API_KEY_FIELD, addressOf, locatedOf } from "./google-cloud.ts";
import { Members, refuse, shown } from "./members.ts";

/** A credential that a request brings, for itself alone. */
export interface OwnCredential {
  readonly credential: Credential;
  /** What the account calls models, by what clients call them. */
  readonly names: ReadonlyMap<string, string>;
}

/** What a request brings to be served on accounts of the client's own. */
export interface Brought {
  /** By provider, in the order in which they are tried. */
  readonly credentials: ReadonlyMap<string, readonly OwnCredential[]>;
  /** Nobody else's account may serve. */
  readonly only: boolean;
}

/** Where clients' own credentials may lead. */
export interface OwnPlaces {
  readonly providers: ReadonlyMap<string, Provider>;
  /** Every name of a provider, to the one that it means. */
  readonly slugs: ReadonlyMap<string, string>;
  /** Where the built-in simulator listens, if it answers for every provider. */
  readonly simulator: string | undefined;
}

const AT = "providerOptions.gateway.byok";
const CREDENTIALS_CAP = 8;
const MAPPINGS_CAP = 50;

/**
 * The credentials of `providerOptions.gateway.byok` (contract 7.3): for the catalogue's addresses and the operator's, never for one of the
 * client's choosing. They are kept nowhere but in what this returns.
 * @returns `undefined` for a request that says nothing of them
 * @throws GatewayError `invalid_request` that names the member and repeats no value
 */
export function readByok(options: JsonObject, places: OwnPlaces): Brought | undefined {
  const { byok, byok_only: only } = options;
  const silent = (value: JsonValue | undefined) => value === undefined || value === null;
  if (silent(byok) && silent(only)) return undefined;
  if (!silent(only) && typeof only !== "boolean") throw refuse(`${AT}_only`, "must be true or false");
  const told = new Map<Provider, Members[]>();
  if (!silent(byok)) {
    if (!isObject(byok)) throw refuse(AT, "must be an object of providers, each with a list of credentials");
    for (const [slug, list] of Object.entries(byok)) {
      const provider = providerOf(slug, places);
      const at = `${AT}.${slug}`;
      if (!Array.isArray(list) || list.length === 0 || list.length > CREDENTIALS_CAP)
        throw refuse(at, `must be a list of 1 to ${CREDENTIALS_CAP} credentials`);
      const own = list.map((one, i) => new Members(one, `${at}[${i}]`));
      // Two names may mean the same provider.
      told.set(provider, [...(told.get(provider) ?? []), ...own]);
    }
  }
  const credentials = new Map<string, OwnCredential[]>();
  for (const [provider, all] of told) {
    // Where there are several, records tell them apart by their places.
    const nameOf = (i: number) => (all.length === 1 ? undefined : `${i + 1}`);
    credentials.set(
      provider.name,
      all.map((one, i) => ownCredential(provider, one, nameOf(i), places)),
    );
  }
  return { credentials, only: only === true };
}

function providerOf(slug: string, { providers, slugs }: OwnPlaces): Provider {
  const provider = providers.get(slugs.get(slug) ?? "");
  if (provider === undefined) {
    const near = nearest(slug, providers.keys());
    const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
    throw refuse(`${AT}${shown(slug)}`, `is no provider that is called here${hint}`);
  }
  const { name, auth, baseUrl, resourceUrl } = provider;
  const isReached = baseUrl !== undefined || resourceUrl !== undefined || auth.kind === "google-cloud";
  if (auth.kind === "none" || !isReached)
    throw refuse(`${AT}.${name}`, "is a provider that nobody has an account with: only the operator knows where it is");
  return provider;
}

function ownCredential(
  provider: Provider,
  told: Members,
  account: string | undefined,
  { simulator }: OwnPlaces,
): OwnCredential {
  const names = mappingsOf(told);
  const { access, secrets } = accessOf(provider, told);
  told.mustBeAll();
  const { name } = provider;
  const simulated = simulator !== undefined;
  const { baseUrl, located, fields, prepare } = simulated
    ? {
        ...proofOf(provider.auth, secrets.find((one) => SECRET.test(one)) ?? "sk-own"),
        baseUrl: `${simulator}/${name}`,
        located: undefined,
      }
    : access;
  const credential = new Credential({
    provider: name,
    name: account,
    kind: "byok",
    baseUrl,
    located,
    fields: { ...headersAt(provider, baseUrl), ...fields },
    prepare,
    // Connections that have carried somebody's secret are used for nobody else.
    pool: new Pool(parseOrigin(baseUrl), 0),
    simulated,
    zeroDataRetention: simulated,
    hipaa: simulated,
    secrets,
  });
  return { credential, names };
}

/** What the operator has added to the catalogue's header fields goes only where the operator has it go. */
function headersAt({ name, baseUrl, headers }: Provider, asked: string): Provider["headers"] {
  const listed = PROVIDERS.get(name);
  return listed === undefined || (asked === baseUrl && baseUrl !== listed.baseUrl) ? headers : listed.headers;
}

interface OwnAccess {
  readonly access: Access & Partial<Pick<Access, "prepare">>;
  readonly secrets: readonly string[];
}

/** How the client's account is reached, and what of that is secret. @throws GatewayError `invalid_request` */
function accessOf(provider: Provider, told: Members): OwnAccess {
  const { auth } = provider;
  if (auth.kind === "google-cloud") return googleAccess(told);
  if (auth.kind === "aws") return awsOwnAccess(provider, auth.service, told);
  const secret = told.secret("apiKey");
  const { resourceUrl } = provider;
  const baseUrl =
    resourceUrl === undefined ? provider.baseUrl! : resourceUrl.replace("{resourceName}", told.part("resourceName"));
  return { access: { baseUrl, ...proofOf(auth, secret) }, secrets: [secret] };
}

/** A service account, or an API key. */
function googleAccess(told: Members): OwnAccess {
  if (told.has("apiKey")) {
    const secret = told.secret("apiKey");
    const project = told.has("project") ? told.part("project") : undefined;
    const location = told.has("location") ? told.part("location") : "global";
    return {
      access: {
        baseUrl: addressOf(project, location),
        located: locatedOf(project, location),
        fields: headerProof(API_KEY_FIELD)(secret),
      },
      secrets: [secret],
    };
  }
  const project = told.part("project");
  const location = told.part("location");
  const baseUrl = addressOf(project, location);
  const google = told.inner("googleCredentials");
  const email = google.secret("clientEmail");
  const pem = google.text("privateKey", PEM_LENGTH).replaceAll("\\n", "\n");
  google.mustBeAll();
  const key = rsaKey(pem, google.path("privateKey"));
  const account = { email, key, keyId: undefined, tokenUrl: TOKEN_URL, project: undefined };
  const { prepare } = new AccessToken(account);
  return { access: { baseUrl, located: location, fields: {}, prepare }, secrets: [pem.trim()] };
}

/** The longest that Google gives out, and some. */
const PEM_LENGTH = 8192;
const MODULUS_BITS = 4096;

/** Signing with a longer key takes seconds. */
function rsaKey(pem: string, path: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Told below, without what the reader of keys says of it.
  }
  const bits = key?.asymmetricKeyType === "rsa" ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  if (key === undefined || bits === 0 || bits > MODULUS_BITS)
    throw refuse(path, `must be an RSA key in PEM, of at most ${MODULUS_BITS} bits`);
  return key;
}

/** An access key that signs, or an API key. */
function awsOwnAccess(provider: Provider, service: string, told: Members): OwnAccess {
  const region = told.has("region") ? told.part("region") : provider.region!.usual;
  const baseUrl = provider.baseUrl!.replace("{region}", region);
  // The operator may have said where the provider is instead.
  const located = provider.baseUrl!.includes("{region}") ? region : undefined;
  if (told.has("apiKey")) {
    const secret = told.secret("apiKey");
    return { access: { baseUrl, located, fields: bearerProof(secret) }, secrets: [secret] };
  }
  const accessKeyId = told.secret("accessKeyId");
  const secretAccessKey = told.secret("secretAccessKey");
  const sessionToken = told.has("sessionToken") ? told.secret("sessionToken") : undefined;
  const prepare = awsPrepare(baseUrl, { accessKeyId, secretAccessKey, sessionToken, region, service });
  const secrets = [secretAccessKey, accessKeyId, ...(sessionToken === undefined ? [] : [sessionToken])];
  return { access: { baseUrl, located, fields: {}, prepare }, secrets };
}

/** What becomes a part of a path at the provider's. */
const MODEL_NAME = /^(?!\.+(?:\/|$))[\w.:@-]+(?:\/(?!\.+(?:\/|$))[\w.:@-]+)*$/;
const NAME_LENGTH = 256;

function mappingsOf(told: Members): Map<string, string> {
  const names = new Map<string, string>();
  if (!told.has("modelMappings")) return names;
  const list = told.value("modelMappings");
  const at = told.path("modelMappings");
  if (!Array.isArray(list) || list.length > MAPPINGS_CAP) throw refuse(at, `must be a list of at most ${MAPPINGS_CAP}`);
  for (const [i, one] of list.entries()) {
    const mapping = new Members(one, `${at}[${i}]`);
    const slug = mapping.text("gatewayModelSlug", NAME_LENGTH);
    const custom = mapping.text("customModelId", NAME_LENGTH);
    mapping.mustBeAll();
    if (!MODEL_NAME.test(custom)) throw refuse(mapping.path("customModelId"), "must be the name of a model");
    names.set(slug, custom);
  }
  return names;
}
