import { gzipSync } from "node:zlib";
import {
  chunk,
  LAST_CHUNK,
  type Line,
  type RawRequest,
  type RawServer,
  STREAM_HEAD,
  sized,
  startRawServer,
} from "../../src/upstream/fixtures/raw-server.ts";
import type { Door } from "../support/judges.ts";
import { type Loose, refusalOf, type Speech, speechOf } from "./speech.ts";

/** One request to a provider that is about to misbehave. */
export interface Scene {
  readonly line: Line;
  readonly request: RawRequest;
  readonly wire: Door;
  readonly stream: boolean;
  /** What it would have said. */
  readonly speech: Speech;
  /** Whatever it says. @default as its wire's talk */
  readonly speak?: Speak;
}

/** How a provider says what it is told to. */
export type Speak = (told: Parameters<typeof speechOf>[1]) => Speech;

/** How a provider treats one request. */
export type Play = (scene: Scene) => void;

export const WORDS = 6;

/** Words that tell whose they are, and which. */
export function wordsOf(mark: string, count = WORDS): string[] {
  return Array.from({ length: count }, (_, i) => `${i === 0 ? "" : " "}${mark}-${i}`);
}

/** Plays one part for each first segment of the path, byte by byte. */
export interface FaultyProvider {
  readonly server: RawServer;
  /** Requests for a part so far. */
  asked(part: string): number;
  /** Connections open now. */
  readonly open: number;
  /** Forgets connections that were: what a test remembers is no leak. */
  forget(): void;
  stop(): void;
}

export interface Part {
  readonly wire: Door;
  readonly play: Play;
  /** What marks its words. */
  readonly mark: string;
  /** Its content comes in lists of parts, as some providers of the chat wire have it. */
  readonly lists?: boolean;
  /** How it speaks. @default as its wire's talk */
  readonly speak?: Speak;
}

/** Starts one on a free port: `http://…/<part>/…` is played as the part of that name says. */
export function startFaultyProvider(parts: ReadonlyMap<string, Part>): FaultyProvider {
  const asked = new Map<string, number>();
  let open = 0;
  const counted = new WeakSet<Line>();
  const server = startRawServer({
    answer(line, request) {
      if (!counted.has(line)) {
        counted.add(line);
        open++;
        line.ended.then(() => open--);
      }
      const name = request.head.split("/")[1]!;
      const part = parts.get(name);
      if (part === undefined) throw new Error(`nobody plays ${name}`);
      asked.set(name, (asked.get(name) ?? 0) + 1);
      const { wire, play, mark, lists = false, speak = (told) => speechOf(wire, told) } = part;
      const words = wordsOf(mark);
      const told = { words, usage: { input: 11, output: words.length } };
      const speech = speak(lists ? { ...told, edit: listed } : told);
      const text = request.body.toString();
      // A form asks for no stream.
      const stream = text.startsWith("{") && JSON.parse(text).stream === true;
      play({ line, request, wire, stream, speech, speak });
    },
  });
  return {
    server,
    asked: (part) => asked.get(part) ?? 0,
    get open() {
      return open;
    },
    forget() {
      (server.lines as Line[]).length = 0;
    },
    stop: () => server.stop(),
  };
}

/** Content as an array of parts. */
function listed(object: Loose): Loose {
  for (const { delta, message } of object.choices) {
    const said = delta ?? message;
    if (said.content) said.content = [{ type: "text", text: said.content }];
  }
  return object;
}

// Ways to behave.

/** As it should be. */
export function well({ line, stream, speech }: Scene): void {
  line.send(stream ? streamOf(framesOf(speech)) : sized(speech.whole));
}

/** The whole stream, each frame a chunk. */
export function streamOf(frames: readonly string[], last = LAST_CHUNK): string {
  return STREAM_HEAD + frames.map((frame) => chunk(latin(frame))).join("") + last;
}

export function framesOf({ opening, said, ending }: Speech): string[] {
  return [...opening, ...said, ...ending];
}

/** A provider that would say this instead. */
export function saying(change: Partial<Parameters<typeof speechOf>[1]>): Play {
  return (scene) =>
    well({
      ...scene,
      speech: (scene.speak ?? ((told) => speechOf(scene.wire, told)))({
        words: scene.speech.words,
        usage: { input: 11, output: scene.speech.words.length },
        ...change,
      }),
    });
}

/** A refusal in the provider's words. */
export function refusing(
  status: number,
  words: { message: string; type: string; code?: string },
  fields: Record<string, string> | (() => Record<string, string>) = {},
): Play {
  return ({ line, wire }) => {
    const more = Object.entries(typeof fields === "function" ? fields() : fields).map(
      ([name, value]) => `\r\n${name}: ${value}`,
    );
    line.send(sized(refusalOf(wire, words), `HTTP/1.1 ${status} No\r\ncontent-type: application/json${more.join("")}`));
  };
}

/** A page from a proxy in between. */
export function page(status: number, type = "text/html"): Play {
  return ({ line }) =>
    line.send(sized("<html><body>It works!</body></html>", `HTTP/1.1 ${status} Well\r\ncontent-type: ${type}`));
}

/** Exactly this body. */
export function body(text: string): Play {
  return ({ line }) => line.send(sized(text));
}

/** The head, the opening and so many words; what comes then is up to `then`. */
export function breaking(words: number, then: (scene: Scene) => void): Play {
  return (scene) => {
    const { line, speech } = scene;
    line.send(STREAM_HEAD + [...speech.opening, ...speech.said.slice(0, words)].map((frame) => chunk(frame)).join(""));
    then(scene);
  };
}

/** Says something again and again, until the other side has gone. */
export function forEver(line: Line, everyMs: number, say: (time: number) => string): void {
  let time = 0;
  const timer = setInterval(() => line.send(say(time++)), everyMs);
  line.ended.then(() => clearInterval(timer));
}

/** The right answer, with its head changed. */
export function headed(fields: string, before = ""): Play {
  return ({ line, stream, speech }) => {
    const answer = stream ? streamOf(framesOf(speech)) : sized(speech.whole);
    line.send(before + answer.replace("\r\n", `\r\n${fields}`));
  };
}

/** A body that unpacks to far more than it seems. */
export function bomb(bytes: number): Play {
  const packed = gzipSync(Buffer.alloc(bytes, 32));
  return ({ line }) => {
    line.send(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`,
    );
    line.send(packed);
  };
}

/** A right stream, spelled otherwise. */
export function spelled(change: (frames: string[], scene: Scene) => string): Play {
  return (scene) => {
    const text = change(framesOf(scene.speech), scene);
    scene.line.send(STREAM_HEAD + chunk(latin(text)) + LAST_CHUNK);
  };
}

/** Text as the bytes of its UTF-8, a character each. */
function latin(text: string): string {
  return Buffer.from(text).toString("latin1");
}
