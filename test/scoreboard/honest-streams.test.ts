import { afterAll, beforeAll, expect, test } from "bun:test";
import { chunk, LAST_CHUNK, STREAM_HEAD } from "../../src/upstream/fixtures/raw-server.ts";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { askAt, DOORS, endsOf, expectBroken, expectWell, type Told } from "../faults/doors.ts";
import { codesOf } from "../faults/ledger.ts";
import { SHAPES, SPOKEN } from "../faults/matrix-of-doors.ts";
import { type FaultyProvider, type Part, type Play, startFaultyProvider, well } from "../faults/provider.ts";
import { callsOf, speechOf, TOOL } from "../faults/speech.ts";
import { sized, tell } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import type { Door } from "../support/judges.ts";

const COUNT = sized(180, 2000);
const BYTES = sized(300_000, 10_000_000);
const SEED = 2_001;

/** Ends of a stream that are none, by what the client is told of them. */
const BREAKS: readonly [code: string, then: Play][] = [
  ["upstream_truncated", ({ line }) => line.send(LAST_CHUNK)],
  ["upstream_truncated", ({ line }) => line.fin()],
  ["upstream_overloaded", ({ line, speech }) => line.send(chunk(speech.error) + LAST_CHUNK)],
  ["upstream_malformed", ({ line }) => line.send("this is no chunk\r\n")],
  ["upstream_truncated", ({ line }) => setTimeout(() => line.reset(), 25)],
];
/** As many words as a stream has; what comes after the last but its end. */
const MOST = 6;

const parts = new Map<string, Part>();
let provider: FaultyProvider;
let gateway: RunningGateway;
/** How many words each part says before it breaks, and how. */
const plan: { words: number; broken: number }[] = [];

beforeAll(async () => {
  const random = chance(SEED);
  const providers: Record<string, object> = {};
  for (let i = 0; i < COUNT; i++) {
    const words = Math.floor(random() * (MOST + 1));
    const broken = Math.floor(random() * BREAKS.length);
    plan.push({ words, broken });
    const play: Play = (scene) => {
      const { opening, said } = scene.speech;
      scene.line.send(STREAM_HEAD + [...opening, ...said.slice(0, words)].map(chunk).join(""));
      BREAKS[broken]![1](scene);
    };
    const { wire, reshaped } = SPOKEN[Math.floor(i / DOORS.length) % SPOKEN.length]!;
    parts.set(`a${i}`, { wire, play, mark: `a${i}`, lists: reshaped });
    parts.set(`b${i}`, { wire: DOORS[i % DOORS.length]!, play: well, mark: `b${i}` });
  }
  provider = startFaultyProvider(parts);
  for (const [name, { wire, lists }] of parts)
    providers[name] = {
      wire,
      ...(lists === true ? { quirks: SHAPES } : {}),
      base_url: `${provider.server.url}/${name}${wire === "anthropic-messages" ? "" : "/v1"}`,
      api_key: "sk-1",
      models: [{ id: `lab/${name}` }],
    };
  gateway = await startGateway({ config: { providers } });
});
afterAll(async () => {
  await gateway.stop();
  provider.stop();
});

/** Words with their nonces, in the order in which the client read them. */
const noncesIn = (text: string) => [...text.matchAll(/[ab]\d+-\d/g)].map(([nonce]) => nonce);

test(`${COUNT} streams that break somewhere, with a fallback: no word twice, none of two providers, and never an end that was none (seed ${SEED})`, async () => {
  let next = 0;
  let fallenBack = 0;
  const lane = async () => {
    while (next < COUNT) {
      const i = next++;
      const { words, broken } = plan[i]!;
      const [code] = BREAKS[broken]!;
      const door = DOORS[(i + Math.floor(i / (DOORS.length * SPOKEN.length))) % DOORS.length]!;
      const told = await askAt(door, gateway, { model: `lab/a${i}`, stream: true, fallbacks: [`lab/b${i}`] });
      const mark = words === 0 ? `b${i}` : `a${i}`;
      const count = words === 0 ? MOST : words;
      expect(noncesIn(told.words)).toEqual(Array.from({ length: count }, (_, word) => `${mark}-${word}`));
      if (words > 0) expectBroken(door, told, code as Parameters<typeof expectBroken>[2]);
      else expectWell(door, told, true, parts.get(mark)!.wire === door);
      expect(codesOf(gateway.row(told.id)!)).toEqual(words > 0 ? [code] : [code, null]);
      expect(provider.asked(`b${i}`)).toBe(words > 0 ? 0 : 1);
      fallenBack += words === 0 ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: 24 }, lane));
  tell({ row: "U2", what: "seed", value: SEED });
  tell({ row: "U2", what: "streams that broke", value: COUNT });
  tell({ row: "U2", what: "of them served by the fallback", value: fallenBack });
  tell({ row: "U2", what: "words repeated, ends that were none", value: 0, atMost: 0 });
}, 120_000);

/** Pieces of text such as models say and JSON has to spell. */
function babble(random: () => number, bytes: number): string[] {
  const letters = ["a", "é", "語", "🙂", '"', "\\", "\n", "\u2028", "<", "&", "{", "}", ":", " "];
  const said: string[] = [];
  for (let sum = 0; sum < bytes; sum += said.at(-1)!.length)
    said.push(
      Array.from({ length: 1 + Math.floor(random() * 80) }, () => letters[Math.floor(random() * letters.length)]).join(
        "",
      ),
    );
  return said;
}

/** Where in a frame begins what is the provider's own: of a chunk, all that stands behind its id, its model and the like. */
const OWN: Record<Door, RegExp> = {
  "openai-chat": /"choices":\[\{/,
  "anthropic-messages": /\{"type":"content_block_delta"/,
  "openai-responses": /\{"type":"response\.(output_text|function_call_arguments)\.delta"/,
};

/** What of a stream's pieces of text is the provider's own. Not every line end is one of SSE's. */
function ownIn(text: string, wire: Door): string[] {
  const pieces = text.split("\n").flatMap((line) => {
    const from = line.startsWith("data: ") ? line.search(OWN[wire]) : -1;
    return from < 0 ? [] : [line.slice(from)];
  });
  return pieces.filter((piece) => !/"role"|"finish_reason":"/.test(piece));
}

/** What a client at a provider's own door reads of these frames. */
async function relayed(wire: Door, frames: readonly string[]): Promise<Told> {
  const part: Part = {
    wire,
    mark: "x",
    play({ line }) {
      line.send(
        STREAM_HEAD + frames.map((frame) => chunk(Buffer.from(frame).toString("latin1"))).join("") + LAST_CHUNK,
      );
    },
  };
  const talker = startFaultyProvider(new Map([["own", part]]));
  const base_url = `${talker.server.url}/own${wire === "anthropic-messages" ? "" : "/v1"}`;
  const providers = { own: { wire, base_url, api_key: "sk-1", models: [{ id: "lab/own" }] } };
  const relay = await startGateway({ config: { providers } });
  const told = await askAt(wire, relay, { model: "lab/own", stream: true, fallbacks: [], tool: TOOL });
  expect(relay.row(told.id)).toMatchObject({ error: null, output: 6, mode: "relay" });
  await relay.stop();
  talker.stop();
  return told;
}

test.each(DOORS.flatMap((wire) => (["words", "arguments"] as const).map((kind) => [kind, wire] as const)))(
  "%s relayed at the door of %s are the provider's, to the byte",
  async (kind, wire) => {
    const random = chance(SEED);
    let size = 0;
    let differing = 0;
    // Some wires say it all once more at the end, in one event, which has a cap.
    while (size < BYTES) {
      const words = babble(random, Math.min(BYTES, 250_000));
      const { opening, said, ending } = speechOf(wire, { words, usage: { input: 11, output: 6 } });
      const args = ['{"said":"', ...words.map((word) => JSON.stringify(word).slice(1, -1)), '"}'];
      const theirs = kind === "words" ? [...opening, ...said, ...ending] : callsOf(wire, [args]);
      const told = await relayed(wire, theirs);
      const [given, got] = [ownIn(theirs.join(""), wire), ownIn(told.raw, wire)];
      const different = given.filter((piece, i) => piece !== got[i]).length;
      const pieces = kind === "words" ? words.length : args.length;
      expect({ pieces: got.length, different }).toEqual({ pieces, different: 0 });
      expect(endsOf(wire, told.raw)).toBe(1);
      size += Buffer.byteLength(given.join(""));
      differing += different;
    }
    tell({ row: "U2", what: `bytes of ${kind} at the door of ${wire}`, value: size });
    tell({ row: "U2", what: "pieces of them that differ", value: differing, atMost: 0 });
  },
  60_000,
);
