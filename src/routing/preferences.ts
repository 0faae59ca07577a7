import { type Ask, NO_GATEWAY_FIELDS } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import { type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import { nearest } from "../core/near.ts";

/** What a client asks of routing, checked. Lists are empty and switches off where it said nothing. */
export interface Preferences {
  /** Providers to try first, in this order. */
  readonly order: readonly string[];
  /** No other provider may serve. */
  readonly only: readonly string[];
  /** Models to fall back to, in this order. */
  readonly models: readonly string[];
  /** Only providers that keep nothing. */
  readonly zeroDataRetention: boolean;
  /** Only providers that do not train on what they are sent. */
  readonly disallowPromptTraining: boolean;
  /** The end user, for reports. */
  readonly user: string | undefined;
  readonly tags: readonly string[];
  /** The fast variant of the model is asked first; it alone, where the base model may not stand in. */
  readonly fast: "first" | "only" | undefined;
  /** What cannot be said to a provider is refused instead of left out. */
  readonly strict: boolean;
  /** Asked for, known, and not done here yet: told in the reply. */
  readonly dropped: readonly string[];
}

const OBEYED = [
  "order",
  "only",
  "models",
  "zeroDataRetention",
  "disallowPromptTraining",
  "user",
  "tags",
  "strict",
  "caching",
  "serviceTier",
  "safetyIdentifier",
  "speed",
  "allowFallbackFromFast",
] as const;

/** Options of the hosted gateway (contract 5) that this one does not act on yet. */
const NOT_YET = ["sort", "byok", "has", "providerTimeouts", "quotaEntityId", "idempotencyKey"] as const;

/** Of those, what says where data may go: to serve without it would break the promise that was asked for. */
const PROMISES = ["inferenceRegion", "hipaaCompliant"] as const;

const KNOWN: readonly string[] = [...OBEYED, ...NOT_YET, ...PROMISES];

/** Of a request that asks for nothing in particular, which is most. */
export const NO_PREFERENCES: Preferences = {
  order: [],
  only: [],
  models: [],
  zeroDataRetention: false,
  disallowPromptTraining: false,
  user: undefined,
  tags: [],
  fast: undefined,
  strict: false,
  dropped: [],
};

const NAME_LENGTH = 256;
const MODELS_CAP = 20;
const TAGS_CAP = 10;
const TAG_LENGTH = 64;
const USER_LENGTH = 256;
const SAFETY_LENGTH = 64;

/**
 * Reads the preferences from wherever a client may put them: `providerOptions.gateway`, its top-level short forms, headers.
 * @throws GatewayError `invalid_request` that names the option, `unsupported` for a promise that cannot be kept here
 */
export function readPreferences({ body, gateway }: Ask, headers: HeaderFields): Preferences {
  refuseAddresses(body);
  const { options } = gateway;
  const user = headers.get("ai-reporting-user");
  const tags = headers.get("ai-reporting-tags");
  if (gateway === NO_GATEWAY_FIELDS && user === null && tags === null) return NO_PREFERENCES;
  const dropped: string[] = [];
  for (const name in options) {
    if (!KNOWN.includes(name)) throw unknownOption(name);
    const asked = options[name] !== null && options[name] !== undefined;
    if (!asked || (OBEYED as readonly string[]).includes(name)) continue;
    if ((PROMISES as readonly string[]).includes(name)) {
      if (options[name] !== false) throw promise(name);
    } else dropped.push(`providerOptions.gateway.${name}`);
  }
  if (gateway.sort !== undefined && gateway.sort !== null) dropped.push("provider.sort");
  mustBeOneOf(options.caching, "caching", ["auto"]);
  mustBeOneOf(options.serviceTier, "serviceTier", ["flex", "priority", "fast"]);
  mustBeOneOf(options.speed, "speed", ["fast"]);
  mustBeShort(options.safetyIdentifier);
  return {
    order: list(options.order, "order"),
    only: onlyOf(options.only),
    models: merged(gateway.models, options.models),
    zeroDataRetention: flag(options.zeroDataRetention, "zeroDataRetention"),
    disallowPromptTraining: flag(options.disallowPromptTraining, "disallowPromptTraining"),
    user: userOf(user ?? options.user ?? gateway.user),
    tags: tagsOf(options.tags, gateway.tags, tags),
    fast: fastOf(options),
    strict: flag(options.strict, "strict"),
    dropped,
  };
}

/**
 * Where requests go is the operator's to say: a provider that is itself a gateway would obey these, and send what it holds of
 * ours to an address of the client's choosing.
 */
const ADDRESSES = ["base_url", "baseUrl", "baseURL", "api_base", "apiBase"] as const;

/** Only where a gateway would look: elsewhere, as in the schema of a tool, they are words like others. */
function refuseAddresses(body: JsonObject): void {
  refuseAddress(body, "");
  const options = objectAt(body.providerOptions);
  for (const provider in options) {
    const told = objectAt(options[provider]);
    if (told !== undefined && provider !== "gateway") refuseAddress(told, `providerOptions.${provider}.`);
  }
}

function refuseAddress(members: JsonObject, at: string): void {
  for (const name of ADDRESSES) {
    if (members[name] === undefined) continue;
    const param = `${at}${name}`;
    const message = `${JSON.stringify(param)} is not for a request to say: providers and their addresses are configured here.`;
    throw new GatewayError("invalid_request", message, { param });
  }
}

function unknownOption(name: string): GatewayError {
  const near = nearest(name, KNOWN);
  const hint = near === undefined ? `The options are ${OBEYED.join(", ")}.` : `Did you mean "${near}"?`;
  const param = `providerOptions.gateway.${name}`;
  return new GatewayError("invalid_request", `${JSON.stringify(param)} is no option of the gateway. ${hint}`, {
    param,
  });
}

function promise(name: string): GatewayError {
  const param = `providerOptions.gateway.${name}`;
  const message = `${JSON.stringify(param)} cannot be honoured here yet, so the request is not sent to anybody.`;
  return new GatewayError("unsupported", message, { param });
}

function refuse(name: string, expected: string): GatewayError {
  const param = `providerOptions.gateway.${name}`;
  return new GatewayError("invalid_request", `${JSON.stringify(param)} must be ${expected}.`, { param });
}

function list(value: JsonValue | undefined, name: string): string[] {
  if (value === undefined || value === null) return [];
  const isName = (entry: JsonValue) => typeof entry === "string" && entry !== "" && entry.length <= NAME_LENGTH;
  if (!Array.isArray(value) || !value.every(isName)) throw refuse(name, "an array of names");
  return value as string[];
}

/** An empty list would leave nobody, which is hardly meant; to take it for "anybody" could send data where it must not go. */
function onlyOf(value: JsonValue | undefined): string[] {
  const only = list(value, "only");
  if (Array.isArray(value) && only.length === 0) throw refuse("only", "an array of names that is not empty");
  return only;
}

/** Top-level `models` and `providerOptions.gateway.models` mean the same; given both, the first come first. */
function merged(top: JsonValue | undefined, option: JsonValue | undefined): string[] {
  const models = [...new Set([...list(top, "models"), ...list(option, "models")])];
  if (models.length > MODELS_CAP) throw refuse("models", `an array of at most ${MODELS_CAP} models`);
  return models;
}

function flag(value: JsonValue | undefined, name: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw refuse(name, "true or false");
  return value;
}

function mustBeOneOf(value: JsonValue | undefined, name: string, words: readonly string[]): void {
  if (value === undefined || value === null || words.includes(value as string)) return;
  throw refuse(name, words.map((word) => `"${word}"`).join(" or "));
}

function mustBeShort(value: JsonValue | undefined): void {
  if (value === undefined || value === null) return;
  if (typeof value === "string" && value !== "" && value.length <= SAFETY_LENGTH) return;
  throw refuse("safetyIdentifier", `a string of at most ${SAFETY_LENGTH} characters`);
}

function fastOf({ speed, allowFallbackFromFast }: JsonObject): Preferences["fast"] {
  const mayFallBack = allowFallbackFromFast ?? true;
  if (typeof mayFallBack !== "boolean") throw refuse("allowFallbackFromFast", "true or false");
  if (speed !== "fast") return undefined;
  return mayFallBack ? "first" : "only";
}

function userOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string" || value.length > USER_LENGTH)
    throw refuse("user", `a string of at most ${USER_LENGTH} characters`);
  return value;
}

/** Tags of the body and of the header are put together (contract 5). */
function tagsOf(option: JsonValue | undefined, top: JsonValue | undefined, header: string | null): string[] {
  const told = header === null ? [] : header.split(",").map((tag) => tag.trim());
  const tags = [...new Set([...list(option, "tags"), ...list(top, "tags"), ...told.filter((tag) => tag !== "")])];
  if (tags.length > TAGS_CAP || tags.some((tag) => tag.length > TAG_LENGTH)) {
    throw refuse("tags", `at most ${TAGS_CAP} tags of at most ${TAG_LENGTH} characters`);
  }
  return tags;
}
