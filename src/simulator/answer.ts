import type { Scenario } from "./scenario.ts";

/** What a provider says to one request that it accepts, in the provider's own bytes. */
export interface Answer {
  /** A stream was asked for. */
  streamed: boolean;
  /** Pieces of content, for the pace of a plain answer. */
  pieces: number;
  /** Tokens of the prompt, for the headers that tell of rate limits. */
  promptTokens: number;
  /** The whole answer as one text: JSON, where `type` says nothing else. */
  plain(): string;
  /** The content type of the whole answer. */
  type?: string;
  /** The stream is no events but bytes, each a character, of this content type. */
  binary?: string;
  stream(): EventStream;
}

/** An answer told in frames. Each frame is complete, with its blank line. */
export interface EventStream {
  /** Frames before any content. */
  opening: string;
  /** One string for each piece of content; frames that begin or end a block go with the piece beside them. */
  content(): Iterable<string>;
  /** The frames after the content, with the end mark. Asked for once, when the content has been read to its end. */
  closing(): string;
  /** The beginning of a content frame, up to within its text. */
  unfinished: string;
}

/** The manners of one provider that its operations share. */
export interface Vendor {
  /** Header lines of an answer, without its content type and framing. */
  headers(promptTokens: number): string;
  /** @throws {Refusal} where the request carries no key, or a bad one. */
  admit(headers: Readonly<Record<string, string>>): void;
  /** The provider's error for this status. */
  refusal(status: number, about: About): Refusal;
  /** The body is no JSON object. */
  notJson(): Refusal;
  /** A directive cannot be read. */
  unreadable(message: string): Refusal;
  /** The status that tells of an empty account. */
  emptyAccount: number;
  /** A keep-alive frame. */
  ping: string;
  /** An error in the middle of a stream. */
  failure: string;
  /** Its frames are bytes, each a character: the content type of its streams. Absent where they are server-sent events. */
  binary?: string;
}

/** The request that is answered, as far as the answer may speak of it. */
export interface About {
  scenario: Scenario;
  model: string;
  method: string;
  path: string;
  /** The connection may serve another request after this one. */
  keep: boolean;
}

/** A request the provider refuses. Not a fault of the simulator: it is answered. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  readonly status: number;
  /** The provider's error body. */
  readonly body: string;
  /** Header lines beyond the vendor's own. */
  readonly headers: string;

  constructor(status: number, body: string, headers = "") {
    super(body);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export const JSON_TYPE = "content-type: application/json\r\n";
