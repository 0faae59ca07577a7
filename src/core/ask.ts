import type { WireName } from "./event.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Usage } from "./usage.ts";

/** What kind of work a path of the surface asks for. A provider lists the wires it offers for each. */
export type Operation = "generate" | "complete" | "embed" | "image" | "rerank" | "speech" | "transcribe" | "moderate";

/** A file that came in a form, beside its fields. */
export interface Upload {
  /** The field, as the client called it. */
  readonly field: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What a request may ask of a model that not every model can do. */
export type Requirement = "tools" | "vision" | "files" | "audio-input";

/**
 * The little of a request that routing and money need, read from the client's body without decoding all of it.
 * The body itself stays as the client sent it.
 */
export interface Ask {
  readonly wire: WireName;
  readonly operation: Operation;
  readonly body: JsonObject;
  /** Files that came beside the body, which is then the fields of a form. */
  readonly files?: readonly Upload[];
  /** The most that can be used of what is not counted in tokens, as far as the request says: so many images, characters, seconds of sound. */
  readonly most?: Usage;
  /** What is guessed of an answer that nobody heard of, beside its input. Absent: nothing. */
  readonly unheard?: Usage;
  /** `creator/name`, as the client wrote it, or what the operator's rules made of that. */
  readonly model: string;
  /** Which of the editions of its wire the client speaks, where there are several. */
  readonly edition?: string;
  /** What the client wrote, where that is another. */
  readonly requested?: string;
  readonly stream: boolean;
  /** How many answers are written for it, where a body's `n` does not say so alone. */
  readonly answers?: number;
  /** The stream is bytes, not events: nothing can be said between them. */
  readonly isBytes?: true;
  /** What the gateway's own fields of the body say; `routing/preferences.ts` gives them meaning. */
  readonly gateway: GatewayFields;
  /** What only this wire can say: legs of another wire cannot serve it. Names of body fields. */
  readonly needs: readonly string[];
  /** What the model must be able to do: tools are offered to it, or it is shown more than text. Absent for text alone. */
  readonly requires?: readonly Requirement[] | undefined;
  /** The wire that tells of an answer what the client's own could not: preferred where a provider offers it. */
  readonly prefers?: WireName;
  /** The generation whose answer the client goes on from; and once that is looked up, the provider that keeps it, and on whose account. */
  readonly continues?: {
    readonly id: string;
    readonly provider?: string;
    readonly byok?: boolean;
    /** Which of the operator's accounts with that provider, or of the client's, where there were several. */
    readonly account?: string | undefined;
  };
  /** Path of the first member that names what an account of the client's own keeps with a provider. */
  readonly stored?: string;
  /** The format of what was sealed last in the conversation, where anything was: looked for only when it matters who can read it. */
  readonly sealedAs?: () => string | undefined;
  /** Most tokens that the answer may have, where the client said so. */
  readonly outputCap: number | undefined;
  /** Think, but leave the thinking out of the reply. */
  readonly hideReasoning: boolean;
  /** Header fields of the client's that belong to its wire: they go to providers that speak it, as far as these take them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The gateway's own fields, wherever in the body or headers a wire puts them. Raw: nothing is checked yet. */
export interface GatewayFields {
  /** `providerOptions.gateway` */
  readonly options: JsonObject;
  /** Top-level `models` */
  readonly models?: JsonValue;
  /** Top-level `provider`, short for some of the options */
  readonly provider?: JsonValue;
  /** Top-level `tags` */
  readonly tags?: JsonValue;
  /** Top-level `caching` and `cache_ttl` of the Responses API */
  readonly caching?: JsonValue;
  readonly cacheTtl?: JsonValue;
  /** Top-level `user` */
  readonly user?: JsonValue;
}

/** Where a request has none of them, which is most. */
export const NO_GATEWAY_FIELDS: GatewayFields = { options: {} };
