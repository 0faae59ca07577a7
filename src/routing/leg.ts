import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask, Operation, Requirement } from "../core/ask.ts";
import type { WireName } from "../core/event.ts";
import { changesShape } from "../wires/quirk.ts";
import type { Choice, CredentialFacts } from "./choice.ts";
import { missingFeatures, without } from "./feature.ts";
import { breach } from "./policy.ts";
import { tooDear } from "./price-cap.ts";
import type { Question } from "./question.ts";
import { astray, misplaced } from "./region.ts";
import type { Patience } from "./timeouts.ts";

/** One way to serve the request. */
export interface Leg<C extends CredentialFacts = CredentialFacts> {
  readonly endpoint: Endpoint;
  readonly credential: C;
  readonly wire: WireName;
  /** Bytes through, edited in place; else by way of events. */
  readonly relay: boolean;
  /** How long the client waits for this leg to begin, in milliseconds, where it said so. */
  readonly firstContentMs?: number;
  /** How long it waits for anything else. */
  readonly patience?: Patience;
}

/** Who is not waited for as long as others would be is not judged by it. */
export function isImpatient({ firstContentMs, patience }: Leg): boolean {
  return firstContentMs !== undefined || patience !== undefined;
}

/** Why an endpoint cannot serve, or one credential may not. */
export interface Refused {
  readonly credential?: string;
  readonly reason: string;
}

export const NO_CREDENTIAL = "no credential";
/** Reasons that lie in the request and not in the preferences begin so. */
export const CANNOT = "cannot do";
export const NOT_OFFERED = "not offered";

/**
 * The ways in which an endpoint serves a request, one for each credential that may be used, in their order, and why not by the others.
 */
export function legsOf<C extends CredentialFacts>(
  choice: Choice<C>,
  endpoint: Endpoint,
  question: Question,
  credentials: readonly C[],
): { legs: Leg<C>[]; refused: Refused[] } {
  const reason = unwanted(endpoint, question) ?? (credentials.length === 0 ? NO_CREDENTIAL : undefined);
  if (reason !== undefined) return { legs: [], refused: [{ reason }] };
  const way = wayTo(choice, endpoint, question.ask);
  if (typeof way === "string") return { legs: [], refused: [{ reason: way }] };
  const legs: Leg<C>[] = [];
  const refused: Refused[] = [];
  const keeper = keeperOf(credentials, question.ask);
  for (const credential of credentials) {
    const { name } = credential;
    const reason =
      elsewhere(name, keeper) ?? forbidden(endpoint, credential, question) ?? closed(endpoint, credential, way.wire);
    if (reason !== undefined) {
      refused.push(credentials.length > 1 && name !== undefined ? { credential: name, reason } : { reason });
      continue;
    }
    const firstContentMs = question.timeoutOf(credential);
    const { patience } = question.preferences;
    const leg = patience === undefined ? { endpoint, credential, ...way } : { endpoint, credential, ...way, patience };
    legs.push(firstContentMs === undefined ? leg : { ...leg, firstContentMs });
  }
  return { legs, refused };
}

/** Why nobody should be asked there, whoever pays. */
function unwanted(endpoint: Endpoint, { ask, preferences, only, ignore, providers }: Question): string | undefined {
  const { provider } = endpoint;
  if (providers?.has(provider) === false) return "not among the providers of this key";
  if (only.length > 0 && !only.includes(provider)) return "not in `only`";
  if (ignore.includes(provider)) return "in `ignore`";
  const keeper = ask.continues?.provider;
  if (keeper !== undefined && provider !== keeper)
    return `${CANNOT} \`previous_response_id\`: ${keeper} keeps that response`;
  const { has, maxPrice } = preferences;
  const missing = has.length === 0 ? has : missingFeatures(endpoint, has);
  if (missing.length > 0) return without(missing);
  return maxPrice === undefined ? undefined : tooDear(endpoint, maxPrice, ask.operation);
}

/** The account that keeps what the client goes on from, where there are several and it still is there. */
function keeperOf(credentials: readonly CredentialFacts[], { continues }: Ask): string | undefined {
  const account = continues?.account;
  return credentials.some(({ name }) => name === account) ? account : undefined;
}

function elsewhere(name: string | undefined, keeper: string | undefined): string | undefined {
  if (keeper === undefined || name === keeper) return undefined;
  return `${CANNOT} \`previous_response_id\`: the account ${keeper} keeps that response`;
}

/** Why nobody may be asked on this account. */
function forbidden(
  endpoint: Endpoint,
  credential: CredentialFacts,
  { demands, placeFor }: Question,
): string | undefined {
  return breach(credential, demands) ?? astray(endpoint, credential, placeFor(credential.provider));
}

function closed(endpoint: Endpoint, credential: CredentialFacts, wire: WireName): string | undefined {
  if (credential.closed?.wires.includes(wire) === true) return credential.closed.why;
  const where = misplaced(endpoint, credential);
  return where === undefined ? undefined : `${NOT_OFFERED} ${where}`;
}

/** The wire by which an endpoint serves the request, or why there is none. */
function wayTo<C extends CredentialFacts>(
  { wires }: Choice<C>,
  endpoint: Endpoint,
  ask: Ask,
): { wire: WireName; relay: boolean } | string {
  const missing = missingOf(endpoint, ask);
  if (missing.length > 0) return `${CANNOT} ${missing.map(named).join(", ")}`;
  const offered = offeredFor(endpoint, ask.operation);
  const transcodes = wires.transcodes.has(ask.wire);
  const own = offered.includes(ask.wire);
  // What the client wants to be told of thinking, its own wire leaves out at most providers; some tell it there as well.
  const open = endpoint.quirks.has("reasoning-object") || endpoint.quirks.has("reasoning-content");
  const mute = transcodes && ask.needs.length === 0 && (!open || endpoint.seals !== undefined);
  const better = mute ? offered.find((name) => name === ask.prefers) : undefined;
  // An answer that is not quite of the wire's shape, or that must be changed, goes through events although both sides speak the same.
  const relay =
    own && better === undefined && !(transcodes && (changesShape(endpoint.quirks, ask.wire) || ask.hideReasoning));
  if (relay) return { wire: ask.wire, relay };
  if (ask.needs.length > 0) return `${CANNOT} ${ask.needs.map((need) => `\`${need}\``).join(", ")}`;
  const wire = better !== undefined ? better : own ? ask.wire : offered.find((name) => wires.outbound.has(name));
  if (wire !== undefined && transcodes) return { wire, relay };
  const adapting = wires.adapts?.get(ask.wire);
  const adapted = adapting === undefined ? undefined : offered.find((name) => adapting.includes(name));
  return adapted === undefined ? `${NOT_OFFERED} for ${OFFERS[ask.operation]}` : { wire: adapted, relay: false };
}

/** Who has no path of its own to complete a text may be asked to go on with a conversation of one. */
function offeredFor({ wires }: Endpoint, operation: Operation): readonly WireName[] {
  if (operation !== "complete") return wires[operation] ?? [];
  return [...(wires.complete ?? []), ...(wires.generate ?? [])];
}

const OFFERS: Readonly<Record<Operation, string>> = {
  generate: "this API",
  complete: "this API",
  embed: "embeddings",
  image: "images",
  rerank: "reranking",
  speech: "speech",
  transcribe: "transcription",
  moderate: "moderation",
};

/** What the request asks of the model and the model is known not to do. Mostly nothing, for nothing. */
export function missingOf({ lacks }: Endpoint, { requires }: Ask): readonly Requirement[] {
  if (requires === undefined || lacks === undefined) return [];
  return requires.filter((one) => lacks.includes(one));
}

/** What the words for abilities mean to somebody who has not read them before. */
const MEANS: Readonly<Record<Requirement, string>> = {
  tools: "it calls no tools",
  vision: "it reads no images",
  files: "it reads no PDFs",
  "audio-input": "it hears no audio",
};

function named(requirement: Requirement): string {
  return `\`${requirement}\` (${MEANS[requirement]})`;
}
