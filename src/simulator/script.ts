import { type About, type Answer, JSON_TYPE, type Refusal, type Vendor } from "./answer.ts";
import { chunk, dateLine, headOf, LAST_CHUNK } from "./http.ts";
import { changed, framingOf } from "./odd-framing.ts";
import { type End, FIN, HANG, RESET, type Step } from "./playback.ts";
import { AT_ONCE, type Scenario } from "./scenario.ts";

/** Milliseconds between two pieces, where nothing else is asked for. */
export const NATURAL_PACE = 8;

/** What is known of an answer while it is played. */
export interface Progress {
  status: number;
  /** Pieces of content given to the connection. */
  chunks: number;
}

/** A whole answer, ready to be sent. */
interface Whole {
  status: number;
  headers: string;
  body: string;
}

/** Everything that is done on the connection for one request: the answer, and what the scenario does to it. */
export function* script(answer: Answer, vendor: Vendor, about: About, progress: Progress): Generator<Step, void> {
  const { scenario } = about;
  if (scenario.delay !== undefined) yield scenario.delay;
  const fault = faultOf(scenario);
  if (fault?.after === AT_ONCE && isBreak(fault.kind)) return yield endOf(fault.kind);
  if (scenario.informational !== undefined)
    yield "HTTP/1.1 103 Early Hints\r\nlink: </>; rel=preconnect\r\n\r\n".repeat(scenario.informational);
  const streams = isStreamed(answer, scenario);
  const instead = insteadOf(vendor, about, streams);
  if (instead !== null) yield* told(instead, vendor, about, answer, progress);
  else if (streams) yield* streamed(answer, vendor, about, progress);
  else yield* plain(answer, vendor, about, progress);
  if (scenario.extra) yield wholeText({ status: 200, headers: JSON_TYPE, body: '{"unasked":true}' });
  if (!about.keep) yield FIN;
}

/** Whether this answer is told in frames: as asked for, unless the scenario has another wish. */
export function isStreamed(answer: Answer, scenario: Scenario): boolean {
  return scenario.answer === undefined ? answer.streamed : scenario.answer === "stream";
}

/** A refusal, as it goes over the connection. */
export function* refused(refusal: Refusal, vendor: Vendor, keep: boolean, progress: Progress): Generator<Step, void> {
  progress.status = refusal.status;
  const headers = vendor.headers(0) + refusal.headers + JSON_TYPE + connection(keep);
  yield wholeText({ status: refusal.status, headers, body: refusal.body });
  if (!keep) yield FIN;
}

function* plain(answer: Answer, vendor: Vendor, about: About, progress: Progress): Generator<Step, void> {
  const { scenario } = about;
  // A model that writes slowly has written everything before the first byte.
  if (scenario.every !== undefined && answer.pieces < Number.POSITIVE_INFINITY) yield scenario.every * answer.pieces;
  const body = scenario.big === undefined ? changed(answer.plain(), scenario) : `{"id":"${"x".repeat(scenario.big)}`;
  const headers = answer.type === undefined ? JSON_TYPE : `content-type: ${answer.type}\r\n`;
  yield* told({ status: 200, headers, body }, vendor, about, answer, progress);
}

/** Sends a whole answer, or as much of it as the scenario lets out. */
function* told(whole: Whole, vendor: Vendor, about: About, answer: Answer, progress: Progress): Generator<Step, void> {
  const { scenario } = about;
  progress.status = whole.status;
  const headers = vendor.headers(answer.promptTokens) + whole.headers + oddHeaders(scenario) + connection(about.keep);
  const reply = { ...whole, headers };
  const fault = faultOf(scenario);
  if (scenario.gzip !== undefined) yield* unpacking(reply, scenario.gzip);
  else if (fault !== null && fault.kind !== "error") yield* half(reply, fault.kind, fault.after);
  else if (scenario.truncated) {
    yield headOf(reply.status, `${headers}content-length: ${Buffer.byteLength(reply.body) + 100}\r\n`) + reply.body;
    yield FIN;
  } else if (scenario.bytes === undefined) yield wholeText(reply);
  else yield* inBytes([wholeText(reply)], scenario);
}

function* streamed(answer: Answer, vendor: Vendor, about: About, progress: Progress): Generator<Step, void> {
  const { scenario } = about;
  const stream = answer.stream();
  const odd = framingOf(scenario);
  const binary = answer.binary ?? vendor.binary;
  const frame: (frames: string) => Step =
    binary !== undefined ? binaryChunk : odd === null ? chunk : (frames) => oddChunk(odd(frames));
  const every = scenario.every ?? NATURAL_PACE;
  const kind = binary ?? "text/event-stream; charset=utf-8\r\ncache-control: no-cache";
  const type = `content-type: ${kind}\r\ntransfer-encoding: chunked\r\n`;
  progress.status = 200;
  yield headOf(200, vendor.headers(answer.promptTokens) + type + oddHeaders(scenario) + connection(about.keep));
  yield* scenario.bytes === undefined ? frames() : inBytes(frames(), scenario);

  function* frames(): Generator<Step, void> {
    const fault = faultOf(scenario) ?? (scenario.truncated ? { kind: "cut" as const, after: 1 } : null);
    if (fault?.after === AT_ONCE) return yield* broken(fault.kind);
    // A chunk of nothing would be the last.
    if (stream.opening !== "") yield frame(stream.opening);
    for (let ping = 0; ping < (scenario.pings ?? 0); ping++) {
      yield every;
      yield frame(vendor.ping);
    }
    if (scenario.pause !== undefined) yield scenario.pause;
    if (scenario.big !== undefined) return yield* endless(frame, stream.unfinished, scenario.big);
    const last = fault?.after ?? Number.POSITIVE_INFINITY;
    if (last > 0) {
      for (const piece of stream.content()) {
        yield frame(piece);
        progress.chunks++;
        if (progress.chunks >= last) break;
        if (every > 0) yield every;
      }
    }
    if (fault !== null) return yield* broken(fault.kind);
    yield frame(stream.closing());
    yield LAST_CHUNK;
  }

  function* broken(kind: Fault["kind"]): Generator<Step, void> {
    // Between bytes of sound there is no place for words.
    if (kind === "error" && answer.binary !== undefined) yield FIN;
    else if (kind === "error") {
      yield frame(vendor.failure);
      yield LAST_CHUNK;
    } else if (kind === "eof") yield LAST_CHUNK;
    else {
      // A reset overtakes what is still on its way.
      yield Math.max(every, NATURAL_PACE);
      yield endOf(kind);
    }
  }
}

/** What ends an answer before its end, and after how many pieces of content. */
interface Fault {
  kind: "error" | "cut" | "eof" | "reset" | "silence";
  after: number;
}

const FAULTS = ["error", "cut", "eof", "reset", "silence"] as const;

function faultOf(scenario: Scenario): Fault | null {
  for (const kind of FAULTS) {
    const after = scenario[kind];
    if (after !== undefined) return { kind, after };
  }
  return null;
}

const BREAKS = { cut: FIN, reset: RESET, silence: HANG };

function isBreak(kind: Fault["kind"]): kind is keyof typeof BREAKS {
  return kind in BREAKS;
}

function endOf(kind: keyof typeof BREAKS): End {
  return BREAKS[kind];
}

/** What is answered in place of what was asked for; `null` where nothing is. */
function insteadOf(vendor: Vendor, about: About, streams: boolean): Whole | null {
  const { scenario } = about;
  const status = scenario.status ?? 0;
  const page = (code: number) => ({ status: code, headers: "content-type: text/html\r\n", body: pageOf(code) });
  if (scenario.redirect !== undefined) return { status: 302, headers: `location: ${scenario.redirect}\r\n`, body: "" };
  if (scenario.html) return page(status || 502);
  if (scenario.garbage) return page(200);
  if (scenario.body !== undefined) return { status: status || 200, headers: JSON_TYPE, body: scenario.body };
  if (scenario["error-200"]) return { status: 200, headers: JSON_TYPE, body: vendor.refusal(500, about).body };
  const failed = scenario.error !== undefined && !streams ? 500 : 0;
  const code = status || (scenario["no-credit"] ? vendor.emptyAccount : scenario["too-long"] ? 400 : failed);
  if (code === 0) return null;
  const refusal = vendor.refusal(code, about);
  return { status: code, headers: refusal.headers + retryLines(scenario) + JSON_TYPE, body: refusal.body };
}

function retryLines(scenario: Scenario): string {
  const after = scenario["retry-after"];
  const afterMs = scenario["retry-after-ms"];
  return (
    (after === undefined ? "" : `retry-after: ${after}\r\n`) +
    (afterMs === undefined ? "" : `retry-after-ms: ${afterMs}\r\n`)
  );
}

function pageOf(status: number): string {
  const title = `${status} ${status === 200 ? "Welcome" : "Bad Gateway"}`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`;
}

/** Half of a whole answer, and then the fault. */
function* half(whole: Whole, kind: Exclude<Fault["kind"], "error">, after: number): Generator<Step, void> {
  const bytes = Buffer.from(whole.body);
  const part = bytes.subarray(0, after > 0 ? Math.ceil(bytes.length / 2) : 0);
  if (kind === "eof") {
    yield headOf(whole.status, `${whole.headers}content-length: ${part.length}\r\n`);
    yield part;
    return;
  }
  yield headOf(whole.status, `${whole.headers}content-length: ${bytes.length}\r\n`);
  yield part;
  yield NATURAL_PACE;
  yield endOf(kind);
}

function* endless(frame: (frames: string) => Step, beginning: string, size: number): Generator<Step, void> {
  yield frame(beginning);
  const part = frame("x".repeat(64 * 1024));
  for (let sent = 0; sent < size; sent += 64 * 1024) yield part;
  yield LAST_CHUNK;
}

const PACKED_SIZE = 16 * 1024 * 1024;

/** A body of spaces that unpacks to so many bytes: gzip allows the same member again and again. */
function* unpacking(whole: Whole, size: number): Generator<Step, void> {
  const member = Bun.gzipSync(Buffer.alloc(Math.min(PACKED_SIZE, size), " "));
  const times = Math.ceil(size / PACKED_SIZE);
  yield headOf(whole.status, `${whole.headers}content-encoding: gzip\r\ncontent-length: ${member.length * times}\r\n`);
  for (let i = 0; i < times; i++) yield member;
}

/** The steps as they are, or their text a few bytes at a time. */
function* inBytes(steps: Iterable<Step>, scenario: Scenario): Generator<Step, void> {
  const bytes = scenario.bytes || Number.POSITIVE_INFINITY;
  for (const step of steps) {
    if (typeof step !== "string" && !(step instanceof Uint8Array)) {
      if (typeof step !== "number") yield step;
      continue;
    }
    const text = Buffer.from(step);
    for (let at = 0; at < text.length; at += bytes) {
      yield text.subarray(at, at + bytes);
      yield scenario.every ?? NATURAL_PACE;
    }
  }
}

function oddHeaders(scenario: Scenario): string {
  let lines = scenario.encoding === undefined ? "" : `content-encoding: ${scenario.encoding}\r\n`;
  for (let i = 0; i < (scenario.headers ?? 0); i++) lines += `x-simulated-${i}: ${i}\r\n`;
  const size = scenario["header-size"];
  return size === undefined ? lines : `${lines}x-simulated: ${"x".repeat(size)}\r\n`;
}

function oddChunk(frames: string): string {
  // A chunk without bytes would be the end of the body.
  return frames === "" ? "" : chunk(frames);
}

/** Frames that are bytes. */
function binaryChunk(frames: string): Step {
  return frames === "" ? "" : Buffer.from(`${frames.length.toString(16)}\r\n${frames}\r\n`, "latin1");
}

function wholeText({ status, headers, body }: Whole): string {
  return headOf(status, `${headers}content-length: ${Buffer.byteLength(body)}\r\n`) + body;
}

function connection(keep: boolean): string {
  return keep ? "connection: keep-alive\r\n" : "connection: close\r\n";
}

/** An answer of the simulator itself, to bytes that are no request. */
export function malformed(message: string): string {
  const body = `${message}\n`;
  return (
    headOf(
      400,
      `${dateLine(Date.now())}content-type: text/plain\r\nconnection: close\r\ncontent-length: ${body.length}\r\n`,
    ) + body
  );
}
