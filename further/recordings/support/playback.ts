import { fromByteText } from "../../../src/core/byte-text.ts";
import type { GatewayUnderTest } from "../../../test/support/gateway.ts";
import { cutAnywhere, type Exchange } from "./exchanges.ts";

/** A server that gives recorded answers: the model that it is asked for says which. */
export interface Playback {
  readonly url: string;
  stop(): Promise<void>;
}

/** Header fields that a recording may have and that belong to its own connection. */
const OF_THE_CONNECTION = /^(connection|keep-alive|transfer-encoding|content-length|content-encoding|date)$/i;

export function startPlayback(exchanges: readonly Exchange[]): Playback {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const { model = modelIn(request.url) } = (await request.json()) as { model?: string };
      const one = exchanges[Number(model)];
      if (one === undefined) return new Response("no such recording", { status: 500 });
      const fields = Object.entries(one.headers).filter(([name]) => !OF_THE_CONNECTION.test(name));
      const headers = new Headers(fields);
      // One recording calls its stream JSON; its other fields are another request's.
      const streamed = one.wire.outbound?.framing === undefined ? "text/event-stream" : "application/octet-stream";
      if (one.stream && one.status === 200) headers.set("content-type", streamed);
      else if (!headers.has("content-type")) headers.set("content-type", "application/json");
      const pieces = cutAnywhere(one.bytes, one.name);
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = pieces.shift();
          if (piece === undefined) controller.close();
          else controller.enqueue(fromByteText(piece));
        },
      });
      return new Response(body, { status: one.status, headers });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

/** Gemini has the model in the path. */
const modelIn = (url: string) => /\/models?\/(\d+)[:/]/.exec(url)?.[1];

/** What a model's place among the recordings is called. */
export const modelOf = (place: number) => `recorded/${place}`;

/** A token costs a thousand nanodollars on its way in and two thousand on its way out. */
const PRICE = { input: 1, output: 2 };

/** A gateway whose providers are the playback: those of the catalogue under their own names, with their own quirks. */
export function configFor(exchanges: readonly Exchange[], url: string): NonNullable<GatewayUnderTest["config"]> {
  const providers: Record<string, { models: object[] } & Record<string, unknown>> = {};
  for (const [place, { provider, wire, folder, quirks }] of exchanges.entries()) {
    const own = provider.startsWith("recorded-");
    // One name may speak one wire of its own: the folder and the wire make it.
    const name = own ? `${provider}-${wire.name}` : provider;
    providers[name] ??= {
      api_key: `sk-test-${folder}`,
      base_url: url,
      ...(own ? { wire: wire.name === "openai-embeddings" ? "openai-chat" : wire.name, quirks: [...quirks] } : {}),
      models: [],
    };
    const type = wire.operation === "embed" ? "embedding" : "language";
    providers[name].models.push({ id: modelOf(place), upstream: String(place), type, price: PRICE });
  }
  return { providers };
}
