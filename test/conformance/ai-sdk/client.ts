import * as ai5 from "ai5";
import * as ai6 from "ai6";
import * as ai7 from "ai7";
import { KEY, type RunningGateway } from "../../support/gateway.ts";
import { WAYS } from "../client.ts";

/**
 * Vercel's AI SDK, in three majors side by side, each with the gateway provider that it brings: what its users write is run here
 * with nothing changed but the address. Their types differ; what they are called with, and tell, is read loosely.
 */

// biome-ignore lint/suspicious/noExplicitAny: three majors of one library, of which each has types of its own
export type Loose = any;

// Its words on the console are for who writes an application.
(globalThis as Loose).AI_SDK_LOG_WARNINGS = false;

/** A major of the SDK, and the path that its gateway provider asks. */
export interface Sdk {
  readonly major: 5 | 6 | 7;
  readonly path: "/v1/ai" | "/v3/ai" | "/v4/ai";
  readonly specification: "v2" | "v3" | "v4";
  /** The whole of the package. */
  readonly ai: Loose;
}

export const SDKS: readonly Sdk[] = [
  { major: 5, path: "/v1/ai", specification: "v2", ai: ai5 },
  { major: 6, path: "/v3/ai", specification: "v3", ai: ai6 },
  { major: 7, path: "/v4/ai", specification: "v4", ai: ai7 },
];

/** The SDK's own gateway provider, with this gateway for the hosted one. */
export function providerOf({ ai, path }: Sdk, gateway: Pick<RunningGateway, "url">, options: object = {}): Loose {
  return ai.createGateway({ baseURL: gateway.url + path, apiKey: KEY, ...options });
}

/** The error that a call fails with, at the bottom of what the SDK wraps it in. */
export async function failureOf(call: PromiseLike<unknown>): Promise<Loose> {
  const thrown = await call.then(
    (value) => new Error(`not refused: ${JSON.stringify(value).slice(0, 300)}`),
    (error: Loose) => error,
  );
  return thrown.lastError ?? thrown;
}

/** Every major with a model of every way through the gateway. */
export const EACH = SDKS.flatMap((sdk) => WAYS.map((model) => ({ ...sdk, sdk, model })));

/** What the reply tells of how it was served. */
export function toldOf({ providerMetadata }: Loose): Loose {
  return providerMetadata.gateway;
}

/** The parts of a stream, to its end. */
export async function partsOf(stream: AsyncIterable<Loose>): Promise<Loose[]> {
  const parts: Loose[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

/** Their types, each run of the same as one. */
export function typesOf(parts: readonly Loose[]): string[] {
  return parts.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
}
