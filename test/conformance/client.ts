import { expect } from "bun:test";
import OpenAI from "openai";
import { MODELS } from "../../src/catalog/models.ts";
import { inputTokens } from "../../src/simulator/anthropic/prompt.ts";
import type { JsonObject } from "../../src/simulator/json.ts";
import { promptTokens } from "../../src/simulator/openai/prompt.ts";
import type { Received } from "../../src/simulator/server.ts";
import { KEY, type RunningGateway } from "../support/gateway.ts";

/** The three ways through the gateway, each with a model that goes it. */
export const RELAYED = "openai/gpt-4o";
export const TRANSCODED = "anthropic/claude-sonnet-4.5";
/** The client's own wire, but answers of another shape: chat → events → chat. */
export const RESHAPED = "deepseek/deepseek-v4-pro";
export const WAYS = [RELAYED, TRANSCODED, RESHAPED] as const;

/** OpenAI's own client, with the gateway for OpenAI. Retries are its default unless a test says otherwise. */
export function clientOf(
  gateway: RunningGateway,
  options: ConstructorParameters<typeof OpenAI>[0] & object = {},
): OpenAI {
  return new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, ...options });
}

/** A request with this as its only message. */
export function ask(model: string, content: string) {
  return { model, messages: [{ role: "user" as const, content }] };
}

/** The error that a call fails with: of this class, or the test has failed. */
export async function failure<E>(call: PromiseLike<unknown>, type: abstract new (...args: never[]) => E): Promise<E> {
  const thrown = await call.then(
    (value) => new Error(`not refused: ${JSON.stringify(value).slice(0, 300)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof type)) throw thrown;
  return thrown;
}

/** What the gateway sent to a provider last, and the test expects to be all since it last looked. */
export function sent(gateway: RunningGateway, requests = 1): Received {
  expect(gateway.simulator.requests).toHaveLength(requests);
  return gateway.simulator.requests.at(-1)!;
}

export function bodyOf({ body }: Received): JsonObject {
  return body as JsonObject;
}

/** Tokens of the prompt that reached a provider, as the provider counts them. */
export function promptOf(request: Received): number {
  return request.path.endsWith("/messages") ? inputTokens(bodyOf(request)) : promptTokens(bodyOf(request));
}

interface Tokens {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
  cacheWriteLong?: number;
}

/**
 * What these tokens cost at the catalogue's price, in whole nanodollars: written once more, so that a mistake in the
 * gateway's arithmetic shows. Each side is rounded half up, once.
 */
export function nanodollars(model: string, tokens: Tokens): number {
  const rates = MODELS.find(({ id }) => id === model)!.offers[0]!.price!.rates;
  const { input, output, cacheRead = 0, cacheWrite = 0, cacheWriteLong = 0 } = tokens;
  const plain = input - cacheRead - cacheWrite - cacheWriteLong;
  const whole = rates.input!;
  const pico =
    plain * whole +
    cacheRead * (rates.cache_read ?? whole) +
    cacheWrite * (rates.cache_write_5m ?? whole) +
    cacheWriteLong * (rates.cache_write_1h ?? whole);
  const times = model.startsWith("deepseek/") && isPeak(new Date()) ? 2 : 1;
  const rounded = (side: number) => Math.floor((side * times + 500) / 1000);
  return rounded(pico) + rounded(output * (rates.output ?? 0));
}

/** When DeepSeek is dearer: https://api-docs.deepseek.com/quick_start/pricing */
function isPeak(at: Date): boolean {
  const hour = at.getUTCHours();
  return at.getUTCDay() % 6 !== 0 && ((hour >= 1 && hour < 4) || (hour >= 6 && hour < 10));
}

/** JSON whose shape a test asserts by reading it: what the gateway adds to OpenAI's types. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
export type Loose = any;
