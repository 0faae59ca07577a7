import type { Endpoint } from "../catalog/endpoint.ts";
import { readByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import type { Credential } from "../upstream/credentials.ts";
import { open } from "../upstream/open.ts";
import type { Clocks } from "../upstream/watch.ts";
import { wireNamed } from "../wires/index.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { writtenFor } from "./count.ts";
import { concealed } from "./discretion.ts";
import type { Snapshot } from "./gateway.ts";

/** What came of asking a provider the least that it can be asked. */
export interface Trial {
  readonly ok: boolean;
  readonly model: string;
  /** What the provider answered with, where it answered. */
  readonly status: number | undefined;
  readonly ms: number;
  readonly error: GatewayError | undefined;
}

/** A reasoning model's smallest limit, at who has one. */
const OUTPUT_TOKENS = 16;
const LONGEST_MS = 30_000;

/**
 * Asks for a few tokens of its cheapest model by this credential, whether or not anything is known against it. It costs next to nothing, and
 * leaves no row.
 * @param named a model, where that shall be asked
 * @throws GatewayError `invalid_request` where there is no model to ask
 */
export async function tryOut(snapshot: Snapshot, credential: Credential, named?: string): Promise<Trial> {
  const endpoint = cheapest(snapshot, credential, named);
  if (endpoint === undefined)
    throw new GatewayError(
      "invalid_request",
      named === undefined ? "It has no model that could be asked." : "It does not have this model to be asked.",
      { param: "model" },
    );
  const { provider, maker, model, upstream: upstreamModel, quirks, maxOutput, betas } = endpoint;
  const name = wireOf(endpoint, credential)!;
  const wire = wireNamed(name);
  const messages = [{ role: "user", content: "Hi" }];
  const ask = openaiChat.inbound!.read({ model, messages, max_tokens: OUTPUT_TOKENS });
  const began = performance.now();
  const result = (more: Pick<Trial, "ok" | "status" | "error">): Trial => ({
    ...more,
    model,
    ms: Math.round(performance.now() - began),
  });
  let status: number | undefined;
  try {
    const facts = { provider, maker, upstreamModel, model, quirks, maxOutput, betas };
    const written = writtenFor(wire, ask, facts, name === ask.wire);
    if (written === undefined) throw new GatewayError("unsupported", "It cannot be asked this.");
    const path = `${endpoint.below?.[name] ?? ""}${wire.path(upstreamModel, false)}`;
    const sent = { path, stream: false, body: JSON.stringify(written.body), headers: written.headers };
    const answer = await open(credential, sent, hurried(snapshot.clocks(provider)), { watch() {} });
    status = answer.status;
    const text = readByteText(answer.whole!);
    if (status === 200) return result({ ok: true, status, error: undefined });
    throw wire.decodeError(status, answer.headers, text);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return result({ ok: false, status, error: concealed(thrown, credential) });
  }
}

function cheapest({ choice }: Snapshot, credential: Credential, named: string | undefined): Endpoint | undefined {
  const all = named === undefined ? [...choice.endpoints.values()].flat() : (choice.endpoints.get(named) ?? []);
  const asked = all.filter(
    (endpoint) => endpoint.provider === credential.provider && wireOf(endpoint, credential) !== undefined,
  );
  const priceOf = ({ price }: Endpoint) => (price?.rates.output ?? Infinity) + (price?.rates.input ?? 0);
  return asked.length === 0 ? undefined : asked.reduce((best, one) => (priceOf(one) < priceOf(best) ? one : best));
}

/** In which of its wires it is asked for an answer. */
function wireOf({ wires }: Endpoint, { closed }: Credential) {
  return wires.generate?.find((name) => closed?.wires.includes(name) !== true);
}

function hurried(clocks: Clocks): Clocks {
  const at = (ms: number) => Math.min(ms, LONGEST_MS);
  return {
    connect: at(clocks.connect),
    firstByte: at(clocks.firstByte),
    firstContent: at(clocks.firstContent),
    idle: at(clocks.idle),
    total: at(clocks.total),
  };
}
