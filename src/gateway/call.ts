import type { Key } from "../access/keys.ts";
import type { Upload } from "../core/ask.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { JsonObject } from "../core/json.ts";
import type { Inbound } from "../wires/wire.ts";
import type { Departure } from "./departure.ts";
import type { Hear } from "./heard.ts";

/** A client's request, as the door hands it in. */
export interface Call {
  /** Id of the generation that this will be. */
  readonly id: string;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly inbound: Inbound;
  /** Who asks, where the door has let them in by something else than a key. */
  readonly key?: Key | undefined;
  readonly headers: HeaderFields;
  readonly departure: Departure;
  /** @param caller whose it is, by a name that tells them apart */
  body(caller: string): Promise<JsonObject>;
  /** Who looks on, where somebody does. */
  readonly hear?: Hear | undefined;
  /** What came beside the body in a form, once that is read. Absent where it is none. */
  readonly files?: readonly Upload[] | undefined;
}

/** What the client gets with status 200; everything else is thrown. */
export interface Reply {
  readonly contentType: string;
  readonly body: string | Buffer | ReadableStream<Uint8Array>;
  readonly simulated: boolean;
  /** Header fields about limits. */
  readonly fields?: Readonly<Record<string, string>>;
}
