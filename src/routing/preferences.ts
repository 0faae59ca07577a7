import { type Ask, NO_GATEWAY_FIELDS } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { refuseAddresses } from "./addresses.ts";
import { type Feature, featuresOf } from "./feature.ts";
import { flagOf, namesOf, OPTIONS, refuse, wordOf } from "./option.ts";
import { type PriceCap, priceCapOf } from "./price-cap.ts";
import { type Places, placesOf } from "./region.ts";
import { withShortForms } from "./short-form.ts";
import type { Sort } from "./sort.ts";
import { type Patience, patienceOf, type Timeouts, timeoutsOf } from "./timeouts.ts";

/** What a client asks of routing, checked. Lists are empty and switches off where it said nothing. */
export interface Preferences {
  /** Providers to try first, in this order. */
  readonly order: readonly string[];
  /** No other provider may serve. */
  readonly only: readonly string[];
  /** These may not. */
  readonly ignore: readonly string[];
  /** Nobody stands in for those that `order` names, or else for the provider that comes first. */
  readonly allowFallbacks: boolean;
  /** By what those that `order` does not name are sorted. */
  readonly sort: Sort | undefined;
  /** Models to fall back to, in this order. */
  readonly models: readonly string[];
  /** What the model must have at the provider, all of it. */
  readonly has: readonly Feature[];
  readonly maxPrice: PriceCap | undefined;
  /** How long providers may take to begin. */
  readonly timeouts: Timeouts | undefined;
  /** How long the client waits for each of the clocks; absent where it says nothing. */
  readonly patience?: Patience;
  /** Where the request may be processed. */
  readonly region: Places | undefined;
  /** Only providers that keep nothing. */
  readonly zeroDataRetention: boolean;
  /** Only providers that do not train on what they are sent. */
  readonly disallowPromptTraining: boolean;
  /** Only providers that have agreed to what HIPAA asks of them. */
  readonly hipaaCompliant: boolean;
  /** The end user, for reports. */
  readonly user: string | undefined;
  readonly tags: readonly string[];
  /** Whose budget is charged as well; absent where the client says nothing. */
  readonly entity?: string;
  /** The fast variant of the model is asked first; it alone, where the base model may not stand in. */
  readonly fast: "first" | "only" | undefined;
  /** Whether another provider is asked as well when the first content is late; absent where the client says nothing. */
  readonly hedge?: boolean;
  /** What cannot be said to a provider is refused instead of left out. */
  readonly strict: boolean;
  /** Asked for, known, and not done here yet: told in the reply. */
  readonly dropped: readonly string[];
}

/** Every option that is obeyed here. `docs/routing.md` describes them. */
export const OBEYED = [
  "order",
  "only",
  "models",
  "sort",
  "ignore",
  "allow_fallbacks",
  "max_price",
  "has",
  "providerTimeouts",
  "clocks",
  "inferenceRegion",
  "zeroDataRetention",
  "disallowPromptTraining",
  "hipaaCompliant",
  "user",
  "tags",
  "strict",
  "caching",
  "serviceTier",
  "safetyIdentifier",
  "speed",
  "allowFallbackFromFast",
  "hedge",
  "quotaEntityId",
  // Read, and taken out, before the rest is read: gateway/byok.ts.
  "byok",
  "byok_only",
] as const;

/** Options of the hosted gateway (contract 5) that this one does not act on yet. */
const NOT_YET = ["idempotencyKey"] as const;

const KNOWN: readonly string[] = [...OBEYED, ...NOT_YET];

/** Of a request that asks for nothing in particular, which is most. */
export const NO_PREFERENCES: Preferences = {
  order: [],
  only: [],
  ignore: [],
  allowFallbacks: true,
  sort: undefined,
  models: [],
  has: [],
  maxPrice: undefined,
  timeouts: undefined,
  region: undefined,
  zeroDataRetention: false,
  disallowPromptTraining: false,
  hipaaCompliant: false,
  user: undefined,
  tags: [],
  fast: undefined,
  strict: false,
  dropped: [],
};

const MODELS_CAP = 20;
const PROVIDERS_CAP = 100;
const TAGS_CAP = 10;
const TAG_LENGTH = 64;
const USER_LENGTH = 256;
const SAFETY_LENGTH = 64;

/** The words for a sort: those of the options, and those of the hosted service's virtual models. */
const SORT_WORDS = {
  cost: "cost",
  ttft: "ttft",
  tps: "tps",
  price: "cost",
  latency: "ttft",
  throughput: "tps",
} as const;

/**
 * Reads the preferences from wherever a client may put them: `providerOptions.gateway`, its top-level short forms, headers.
 * @throws GatewayError `invalid_request` that names the option, `unsupported` for a promise that cannot be kept here
 */
export function readPreferences({ body, gateway }: Ask, headers: HeaderFields): Preferences {
  refuseAddresses(body);
  mustBeInPlace(body);
  const user = headers.get("ai-reporting-user");
  const tags = headers.get("ai-reporting-tags");
  if (gateway === NO_GATEWAY_FIELDS && user === null && tags === null) return NO_PREFERENCES;
  mustBeOptions(body.providerOptions);
  const dropped = knownOnly(gateway.options);
  const options = withShortForms(gateway.options, gateway.provider);
  wordOf(options.caching, "caching", ["auto"]);
  wordOf(options.serviceTier, "serviceTier", ["flex", "priority", "fast"]);
  wordOf(options.speed, "speed", ["fast"]);
  mustBeShort(options.safetyIdentifier);
  const patience = patienceOf(options.clocks);
  return {
    order: namedOf(options.order, "order"),
    only: namedOf(options.only, "only"),
    ignore: namesOf(options.ignore, "ignore", PROVIDERS_CAP),
    allowFallbacks: flagOf(options.allow_fallbacks, "allow_fallbacks", true),
    sort: sortOf(options.sort),
    models: merged(gateway.models, options.models),
    has: featuresOf(options.has),
    maxPrice: priceCapOf(options.max_price),
    timeouts: timeoutsOf(options.providerTimeouts),
    ...(patience === undefined ? {} : { patience }),
    region: placesOf(options.inferenceRegion),
    zeroDataRetention: flagOf(options.zeroDataRetention, "zeroDataRetention"),
    disallowPromptTraining: flagOf(options.disallowPromptTraining, "disallowPromptTraining"),
    hipaaCompliant: flagOf(options.hipaaCompliant, "hipaaCompliant"),
    user: userOf([user, options.user, gateway.user].find((one) => one !== undefined && one !== null && one !== "")),
    tags: tagsOf(options.tags, gateway.tags, tags),
    fast: fastOf(options),
    ...(options.hedge === undefined || options.hedge === null ? {} : { hedge: flagOf(options.hedge, "hedge") }),
    strict: flagOf(options.strict, "strict"),
    ...entityOf(options.quotaEntityId),
    dropped,
  };
}

/** What is not read at all could hold anything that the client relies on. @throws GatewayError `invalid_request` */
function mustBeOptions(providerOptions: JsonValue | undefined): void {
  if (providerOptions === undefined || providerOptions === null) return;
  const param = isObject(providerOptions) ? OPTIONS : "providerOptions";
  const told = isObject(providerOptions) ? (providerOptions.gateway ?? {}) : providerOptions;
  if (isObject(providerOptions)) {
    for (const name in providerOptions) {
      if (KNOWN.includes(name)) throw misplaced(`providerOptions.${name}`, `${OPTIONS}.${name}`);
      if (name !== "gateway" && nearest(name, ["gateway"]) !== undefined)
        throw misplaced(`providerOptions.${name}`, OPTIONS);
    }
  }
  if (isObject(told)) return;
  throw new GatewayError("invalid_request", `${JSON.stringify(param)} must be an object.`, { param });
}

/** Options that promise something, at the top of a body: no provider has such a member. */
const OURS = ["zeroDataRetention", "disallowPromptTraining", "hipaaCompliant", "byok", "byok_only"] as const;

/** Passed on as somebody else's, a promise that is asked for would be kept by nobody. @throws GatewayError `invalid_request` */
function mustBeInPlace(body: JsonObject): void {
  if (body.provider_options !== undefined) throw misplaced("provider_options", "providerOptions");
  for (const name of OURS) if (body[name] !== undefined) throw misplaced(name, `${OPTIONS}.${name}`);
}

function misplaced(param: string, meant: string): GatewayError {
  return new GatewayError(
    "invalid_request",
    `${JSON.stringify(param)} is no place for options. Did you mean ${JSON.stringify(meant)}?`,
    { param },
  );
}

/** @returns the options that are asked for and not done here yet @throws GatewayError for one that nobody knows */
function knownOnly(options: JsonObject): string[] {
  const dropped: string[] = [];
  for (const name in options) {
    if (!KNOWN.includes(name)) throw unknownOption(name);
    const asked = options[name] !== null && options[name] !== undefined;
    if (asked && !(OBEYED as readonly string[]).includes(name)) dropped.push(`${OPTIONS}.${name}`);
  }
  return dropped;
}

function unknownOption(name: string): GatewayError {
  const near = nearest(name, KNOWN);
  const hint = near === undefined ? `The options are ${OBEYED.join(", ")}.` : `Did you mean "${near}"?`;
  const param = `${OPTIONS}.${name}`;
  return new GatewayError("invalid_request", `${JSON.stringify(param)} is no option of the gateway. ${hint}`, {
    param,
  });
}

/** An empty list would leave nobody, which is hardly meant; to take it for "anybody" could send data where it must not go. */
function namedOf(value: JsonValue | undefined, name: string): string[] {
  const names = namesOf(value, name, PROVIDERS_CAP);
  if (Array.isArray(value) && names.length === 0) throw refuse(name, "an array of names that is not empty");
  return names;
}

function sortOf(value: JsonValue | undefined): Sort | undefined {
  const words = Object.keys(SORT_WORDS) as (keyof typeof SORT_WORDS)[];
  const word = wordOf(value, "sort", words);
  return word === undefined ? undefined : SORT_WORDS[word];
}

/** Top-level `models` and `providerOptions.gateway.models` mean the same; given both, the first come first. */
function merged(top: JsonValue | undefined, option: JsonValue | undefined): string[] {
  const models = [...new Set([top, option].flatMap((list) => namesOf(list, "models", Number.MAX_SAFE_INTEGER)))];
  if (models.length > MODELS_CAP) throw refuse("models", `an array of at most ${MODELS_CAP} models`);
  return models;
}

function mustBeShort(value: JsonValue | undefined): void {
  if (value === undefined || value === null) return;
  if (typeof value === "string" && value !== "" && value.length <= SAFETY_LENGTH) return;
  throw refuse("safetyIdentifier", `a string of at most ${SAFETY_LENGTH} characters`);
}

function fastOf({ speed, allowFallbackFromFast }: JsonObject): Preferences["fast"] {
  const mayFallBack = flagOf(allowFallbackFromFast, "allowFallbackFromFast", true);
  if (speed !== "fast") return undefined;
  return mayFallBack ? "first" : "only";
}

function userOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" || value.length > USER_LENGTH)
    throw refuse("user", `a string of at most ${USER_LENGTH} characters`);
  return value;
}

const ENTITY_LENGTH = 256;

function entityOf(value: JsonValue | undefined): Pick<Preferences, "entity"> {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value !== "string" || value.length > ENTITY_LENGTH)
    throw refuse("quotaEntityId", `a string of at most ${ENTITY_LENGTH} characters`);
  return { entity: value };
}

/** Tags of the body and of the header are put together (contract 5). */
function tagsOf(option: JsonValue | undefined, top: JsonValue | undefined, header: string | null): string[] {
  const told = header === null ? [] : header.split(",").map((tag) => tag.trim());
  const listed = [option, top].flatMap((list) => namesOf(list, "tags", Number.MAX_SAFE_INTEGER));
  const tags = [...new Set([...listed, ...told.filter((tag) => tag !== "")])];
  if (tags.length > TAGS_CAP || tags.some((tag) => tag.length > TAG_LENGTH)) {
    throw refuse("tags", `at most ${TAGS_CAP} tags of at most ${TAG_LENGTH} characters`);
  }
  return tags;
}
