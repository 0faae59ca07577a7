import type { Ask, Operation, Upload } from "../core/ask.ts";
import type { ByteText } from "../core/byte-text.ts";
import type { Closing, Stamp } from "../core/closing.ts";
import type { GatewayError } from "../core/error.ts";
import type { Event, Frame, Stage, WireName } from "../core/event.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { JsonObject } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import type { Readings } from "../core/readings.ts";
import type { Dropped, Part, Request, Source } from "../core/request.ts";
import type { Vocabulary } from "./left-out.ts";
import type { Quirk } from "./quirk.ts";

/**
 * A request/response format. What a wire cannot do is absent: no method says no.
 * Pure and synchronous; knows nothing of providers, routing, keys, HTTP or time.
 */
export interface Wire {
  readonly name: WireName;
  readonly operation: Operation;
  /** Path below the provider's base address. */
  path(upstreamModel: string, stream: boolean): string;
  /** A refusal of a provider that speaks this wire. Never throws, whatever the body. */
  decodeError(status: number, headers: HeaderFields, body: string): GatewayError;
  /** Header field of an answer that names it, where the answer itself does not. */
  readonly idField?: string;
  readonly inbound?: Inbound;
  /** The same for clients of earlier editions of the wire, by their names; `inbound` is the newest. */
  readonly editions?: Readonly<Record<string, Inbound>>;
  readonly outbound?: Outbound;
  readonly relay?: Relay;
  /** What clients of other wires ask of an operation without events, said in this one and answered in theirs. */
  readonly adapts?: Partial<Record<WireName, Relay>>;
  /** Where a request says how often tools of the provider's own may be used. Absent: it cannot. */
  readonly calls?: CallLimit;
  /** Its answers are no JSON: they go out under the provider's own content type. */
  readonly isBinary?: true;
  /** What is otherwise where another than its maker serves it, told by quirks; `undefined` for nothing, which is most. */
  hosted?(quirks: Quirks): Hosting | undefined;
}

/** How many calls of tools of its own, which are paid for by the call, a provider may make. */
export interface CallBounds {
  /** Of all of them together. */
  readonly all: number;
  /** Of each tool to which the client itself puts no end. */
  readonly each: number;
}

export interface CallLimit {
  /** Whether each tool has an end of its own, or all of them have one together. */
  readonly of: "each" | "all";
  /**
   * A body for the provider in which no more calls are allowed, and how many that are, by `of`; `undefined` where the client says itself how
   * many it wants, in a number that can be counted with, or offers no such tool.
   */
  within(body: JsonObject, bounds: CallBounds, quirks: Quirks): { body: JsonObject; calls: number } | undefined;
}

/** A wire at another's house: the same bodies but for what the wire itself changes in them, by other ways. */
export interface Hosting {
  path(upstreamModel: string, stream: boolean): string;
  decodeError(status: number, headers: HeaderFields, body: string): GatewayError;
  /** How the bytes of a stream are cut into frames. Absent for server-sent events. */
  framing?(): Framing;
  /** Whether this address of a file must be fetched and the file sent in its place, relayed requests included. */
  inlines?(url: string, kind: Part["kind"]): boolean;
  readonly count: Counting;
}

/** How tokens are counted before a request is sent. */
export interface Counting {
  path(upstreamModel: string): string;
  /** Of a body as it would be sent. */
  body(body: JsonObject, upstreamModel: string, quirks: Quirks): JsonObject;
  /** Tokens of the input, or `undefined` where the answer does not say. */
  read(told: JsonObject): number | undefined;
}

/** Deviations of one provider from the wire it speaks. */
export type Quirks = ReadonlySet<Quirk>;

/** A client speaks the wire to us. */
export interface Inbound {
  /**
   * Checks the body and reads the little that routing and money need, and what header fields of this wire say beside it.
   * @param files what came beside it in a form
   * @throws GatewayError `invalid_request`
   */
  read(body: JsonObject, headers?: HeaderFields, files?: readonly Upload[]): Ask;
  /** A body may also come as a form (`multipart/form-data`): `read` gets its fields as texts, those called `name[]` as lists. */
  readonly takesForms?: true;
  /** What is in the body is a file, in base64: a third larger than the file that the limits are for. */
  readonly isBase64?: true;
  /** The error in this wire's shape; the status is the error's own. */
  encodeError(error: GatewayError, generation: string): JsonObject;
  /** The same in band, for a stream whose status is spent though nothing was said. */
  encodeErrorFrame(error: GatewayError, generation: string): string;
  /** A body without the proofs of origin that only whoever minted them can read. `undefined` where there are none. */
  withoutSeals?(body: JsonObject): Unsealed | undefined;
  /** The member of a body that caps an answer, and the lowest cap that providers of the wire take. Absent where there is none. */
  readonly cap?: { readonly member: string; readonly least: number };
  /** Keeps a silent stream alive and says nothing. */
  readonly heartbeat: string;
  /** Present where answers of other wires can be told in this one. */
  readonly transcode?: {
    /** What of another wire's answer it has words for. */
    readonly says: Vocabulary;
    /** All of the request; only when a leg transcodes. */
    decodeRequest(ask: Ask): Request;
    /** `ask`: for wires whose replies repeat what was asked for. */
    encodeReply(message: Message, stamp: Stamp, closing: Closing, ask?: Ask): JsonObject;
    /** `warnings`: for wires that tell at the beginning what of the request is left out, or done otherwise. */
    encodeStream(stamp: Stamp, ask?: Ask, warnings?: () => readonly JsonObject[]): ReplyStream;
  };
}

/** A client's body with something taken out, and what that is called there. */
export interface Unsealed {
  readonly body: JsonObject;
  readonly dropped: readonly Dropped[];
}

/** The reply to a streaming client, written event by event as SSE text, ready to send. */
export interface ReplyStream {
  push(event: Event): string;
  /** A frame of the provider's as it came, before what it says. Absent where the client did not ask for them. */
  raw?(frame: Frame): string;
  /** The finishing chunk and the end mark. */
  finish(closing: Closing): string;
  /** An error in band: the last thing the client reads, never followed by an end mark. */
  fail(error: GatewayError): string;
}

/** We speak the wire to a provider. */
export interface Outbound {
  /** Names of the client's own tools that are taken here. Others travel under names that are (`tool-names.ts`). */
  readonly toolName: RegExp;
  /** Whether tools of the client's own may take free text here. Absent where none do. */
  textTools?(quirks: Quirks): boolean;
  /** The format under which thinking travels that was sealed in this wire. Absent where nobody seals it for himself. */
  readonly seals?: string;
  /** Whether this address of a file must be fetched and the file sent in its place. Absent where all of them are passed on. */
  inlines?(url: string, kind: Part["kind"]): boolean;
  encodeRequest(request: Request, leg: LegFacts): EncodedRequest;
  /** Where a provider counts in this wire: which do is data of theirs. Absent where nobody does. */
  readonly count?: Counting;
  /** A whole answer as the events that a stream would have given. */
  decodeAnswer(body: JsonObject, quirks: Quirks): Iterable<Event>;
  decodeStream(quirks: Quirks): Stage<Frame, Event>;
  /** How the bytes of a stream are cut into frames. Absent for server-sent events. */
  framing?(): Framing;
}

/** Cuts one stream of bytes into frames, whatever its pieces. */
export interface Framing {
  /** The frames that these bytes complete, one by one. @throws GatewayError `upstream_malformed`, behind the frames that could be read */
  push(bytes: ByteText): Iterable<Frame>;
  /** The bytes have ended: what is left of them as a frame, if it is one. */
  end(): Iterable<Frame>;
}

export interface EncodedRequest {
  body: JsonObject;
  dropped: Dropped[];
  /** It is sent as a form, with these files beside the body's members. Absent for JSON. */
  files?: readonly Upload[];
  /** It is asked so many times at once, as one answer has one of what is wanted: `answer` gets a list of them then. Absent: once. */
  times?: number;
  /** Header fields that go with this request, beside those of the credential. */
  headers?: Readonly<Record<string, string>>;
  /** Name of a tool whose arguments are the answer's text: how a format is asked for where there is no mode for it. */
  answerTool?: string;
}

/** What a wire may know of the endpoint it writes to. */
export interface LegFacts {
  readonly provider: string;
  /** Whose options count as well: the maker of the model, where that is another provider. */
  readonly maker?: string | undefined;
  readonly upstreamModel: string;
  /** As clients name it: who made it stands there, whatever the provider calls it. */
  readonly model?: string | undefined;
  readonly quirks: Quirks;
  /** The format of what this provider seals, where nobody else can read it. */
  readonly seals?: string | undefined;
  /** Most output tokens that the model can give, where the catalogue knows. */
  readonly maxOutput: number | undefined;
  /** Beta features that the provider takes in a header field; absent: whatever the client asks for. */
  readonly betas?: readonly string[] | undefined;
  /** What the provider takes for `service_tier`, of the words that mean the same everywhere. */
  readonly tiers?: readonly string[] | undefined;
  /** It makes images: an event of its streams may be as large as one. */
  readonly draws?: boolean;
  /** The account that is asked is the client's own: what is kept there is its own to name. */
  readonly own?: boolean;
}

/** The same wire on both sides: one pass edits and reads. */
export interface Relay {
  /** `files`: what was fetched in place of addresses, where the wire is hosted and wants it so. */
  request(ask: Ask, leg: LegFacts, files?: ReadonlyMap<string, Source>): EncodedRequest;
  /**
   * Reads a whole answer and gives back how to make the reply of it once the closing is known.
   * @throws GatewayError where the body is not an answer of this wire.
   */
  answer(body: ByteText, ask: Ask, stamp: Stamp, readings: Readings): (closing: Closing) => string | Buffer;
  /**
   * A whole answer in JSON as the stream that was asked for, where some know no other. Absent: whoever gives one is in error.
   * @throws GatewayError as `answer` does
   */
  retold?(body: ByteText, ask: Ask, readings: Readings): ByteText;
  /** Absent where the operation does not stream. */
  stream?(ask: Ask, stamp: Stamp, readings: Readings): RelayStream;
}

/** One relayed stream: frames as they came, bytes as text, edited in place. */
export interface RelayStream {
  /** What the client shall get for this frame; empty where it is held back, or left out. */
  push(frame: ByteText): ByteText;
  /** The bytes have ended: without an end mark, that is an error. */
  end(): void;
  finish(closing: Closing): string;
  fail(error: GatewayError): string;
}
