import { type ByteText, fromByteText } from "../../src/core/byte-text.ts";
import { chance, cutAtRandom } from "../../src/wires/fixtures/cuts.ts";
import type { Quirk } from "../../src/wires/quirk.ts";
import type { Wire } from "../../src/wires/wire.ts";

/** An answer that a provider of this wire gives whoever asks for its place in the list. */
export interface Played {
  readonly wire: Wire;
  readonly quirks: ReadonlySet<Quirk>;
  readonly stream: boolean;
  readonly status: number;
  readonly bytes: ByteText;
}

/** Providers that play these answers, one for each wire; a model's own quirks are those of its answer. */
export interface Stage {
  readonly providers: Record<string, unknown>;
  stop(): Promise<void>;
}

/** What a model is called that gives the answer at this place. */
export const modelAt = (place: number) => `played/${place}`;

/** A token costs a thousand nanodollars on its way in and two thousand on its way out. */
const PRICE = { input: 1, output: 2 };

/** Providers of the catalogue that speak what an operator's own cannot be said to speak. */
const OF_THE_CATALOGUE: Record<string, string> = { "gemini-generate": "google", "bedrock-converse": "bedrock" };

/** Plays the answers on a free port, each cut into pieces anywhere. */
export function startStage(answers: readonly Played[]): Stage {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const { model = modelIn(request.url) } = (await request.json()) as { model?: string };
      const answer = answers[Number(model)];
      if (answer === undefined) return new Response("no such answer", { status: 500 });
      const pieces = piecesOf(answer.bytes, Number(model));
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = pieces.shift();
          if (piece === undefined) controller.close();
          else controller.enqueue(fromByteText(piece));
        },
      });
      return new Response(body, { status: answer.status, headers: { "content-type": typeOf(answer) } });
    },
  });
  return { providers: providersOf(answers, `http://127.0.0.1:${server.port}`), stop: () => server.stop(true) };
}

/** Cut anywhere, the same for the same answer, so that a failure comes again. */
function piecesOf(bytes: ByteText, seed: number): ByteText[] {
  const ways = Math.min(40, 1 + Math.floor(bytes.length / 60));
  return cutAtRandom(bytes, ways, chance(seed)).filter((piece) => piece !== "");
}

/** Gemini and Bedrock have the model in the path. */
const modelIn = (url: string) => /\/models?\/(\d+)[:/]/.exec(url)?.[1];

function typeOf({ stream, status, wire, quirks }: Played): string {
  if (!stream || status !== 200) return "application/json";
  const framed = wire.outbound?.framing !== undefined || quirks.has("invoke-model");
  return framed ? "application/vnd.amazon.eventstream" : "text/event-stream";
}

function providersOf(answers: readonly Played[], url: string): Record<string, unknown> {
  const providers: Record<string, { models: object[] } & Record<string, unknown>> = {};
  for (const [place, { wire, quirks }] of answers.entries()) {
    const known = OF_THE_CATALOGUE[wire.name];
    const name = known ?? wire.name;
    providers[name] ??= {
      api_key: "sk-test-played",
      base_url: url,
      ...(known === undefined ? { wire: wire.name, embeddings: false } : {}),
      models: [],
    };
    providers[name].models.push({ id: modelAt(place), upstream: String(place), quirks: [...quirks], price: PRICE });
  }
  return providers;
}
