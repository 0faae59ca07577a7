import type { Ask } from "../core/ask.ts";
import type { ByteText } from "../core/byte-text.ts";
import type { Closing, Stamp } from "../core/closing.ts";
import type { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import type { Readings } from "../core/readings.ts";
import type { Dropped, Source } from "../core/request.ts";
import type { Form } from "../upstream/form.ts";
import { readFrame } from "../wires/sse.ts";
import type { CallBounds, LegFacts, Wire } from "../wires/wire.ts";

/** How a leg carries a request to a provider and its answer back: by relay, by transcoding, or one way each. */
export interface Passage {
  /** Below the provider's base address. */
  readonly path: string;
  /** What is sent, JSON. */
  readonly body: string;
  /** A form that is sent instead. */
  readonly form?: Form | undefined;
  /** How often it is sent at once, for one answer that is a list of all. */
  readonly times?: number | undefined;
  /** Header fields beside those of the credential. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly dropped: readonly Dropped[];
  /** How many calls of its own tools the provider is held to, by the gateway; absent where it is not. */
  readonly calls?: number | undefined;
  /** What has been read off the answer so far. */
  readonly readings: Readings;
  /** Reads a whole answer. @returns how to make the reply of it once the closing is known @throws GatewayError */
  whole(answer: ByteText): (closing: Closing) => string | Buffer;
  /** A whole answer as the stream that was asked for. Absent where that is an error. @throws GatewayError */
  retold?(answer: ByteText): ByteText;
  /** Takes the bytes of a stream as they come. */
  stream(): Course;
  /** A refusal of the provider, as our error. */
  refusal(status: number, headers: HeaderFields, body: string): GatewayError;
  /** An error as it may be told and written down; absent: as it is. */
  conceal?(error: GatewayError): GatewayError;
}

/** What the head of an answer says that its body does not. */
export function readHead(readings: Readings, { idField, isBinary }: Wire, headers: HeaderFields): void {
  if (idField !== undefined) readings.upstreamId = headers.get(idField) ?? undefined;
  if (isBinary === true) readings.contentType = headers.get("content-type") ?? "application/octet-stream";
}

/** One stream on its way through. After `push` and `end`, look at the readings: has it spoken, failed, ended? */
export interface Course {
  /** @returns what the client gets for these bytes, empty where nothing yet @throws GatewayError for bytes beyond reading */
  push(bytes: ByteText): Uint8Array;
  /** The provider's bytes have ended. */
  end(): Uint8Array;
  /** What the client gets last, the end mark included. */
  finish(closing: Closing): string;
  /** An error in band, and nothing after it. */
  fail(error: GatewayError): string;
}

/** What both kinds of passage are made from. */
export interface PassageFacts {
  readonly ask: Ask;
  /** The wire that the provider speaks. */
  readonly wire: Wire;
  readonly leg: LegFacts;
  readonly stamp: Stamp;
  readonly readings: Readings;
  /** Files that were fetched in place of their addresses. */
  readonly files?: ReadonlyMap<string, Source>;
  /** What the client is warned of where this is left out, or so many calls are allowed: that, and whatever was left out before. */
  readonly warnings?: (dropped: readonly Dropped[], calls: number | undefined) => readonly JsonObject[];
  /** How many calls of tools of its own the provider may make; absent: as many as the client lets it. */
  readonly calls?: CallBounds | undefined;
}

/** What the provider is sent, where it is to be held to so many calls of its own tools. */
export function bounded(body: JsonObject, { wire, leg, calls }: PassageFacts): { body: JsonObject; calls?: number } {
  return (calls && wire.calls?.within(body, calls, leg.quirks)) ?? { body };
}

/** Whether the last frame of a stream, which has no blank line behind it, is a comment or broke off in the middle: it says nothing. */
export function isCut(rest: string): boolean {
  const data = readFrame(rest)?.data.trim();
  return data === undefined || (data !== "[DONE]" && !isObject(parseJson(data)));
}
