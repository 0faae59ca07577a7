import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CHAT, chat, count, type Heard, listen, MESSAGES, message, rawRequest } from "./fixtures/client.ts";
import { type Simulator, startSimulator } from "./server.ts";

/**
 * The faults of the scoreboard that a provider can commit over HTTP, each with the directive that makes the simulator
 * commit it and a sign by which it is known. F01 to F04 happen before HTTP: they need no provider.
 */
const FAULTS: readonly [id: string, stream: boolean, directive: string, sign: (heard: Heard) => boolean][] = [
  ["F05 reset before headers", true, "reset", ({ end, bytes }) => end === "reset" && bytes === 0],
  ["F05 reset before headers, late", true, "reset delay=20ms", ({ end, bytes }) => end === "reset" && bytes === 0],
  ["F07 400 with JSON", false, 'status=400 message="no such thing"', status(400, "no such thing")],
  ["F08 401", true, "status=401", status(401)],
  ["F08 403", true, "status=403", status(403)],
  ["F09 402", true, "status=402", status(402)],
  ["F09 no credit", true, "no-credit", ({ text }) => /HTTP\/1.1 (429|400)/.test(text)],
  ["F10 404 model", true, "status=404", status(404)],
  ["F11 413", true, "status=413", status(413)],
  ["F11 context length", true, "too-long", status(400)],
  ["F12 429, seconds", true, "status=429 retry-after=2", status(429, "retry-after: 2\r\n")],
  [
    "F12 429, date",
    true,
    'status=429 retry-after="Wed, 21 Oct 2026 07:28:00 GMT"',
    status(429, "retry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n"),
  ],
  ["F12 429, milliseconds", true, "status=429 retry-after-ms=150", status(429, "retry-after-ms: 150\r\n")],
  ["F12 429, garbage", true, 'status=429 retry-after="soon, maybe"', status(429, "retry-after: soon, maybe\r\n")],
  ["F13 500 with HTML", true, "html status=500", status(500, "<html>")],
  ["F13 502 with HTML", true, "html", status(502, "<html>")],
  ["F13 504 with HTML", true, "html status=504", status(504, "<html>")],
  ["F14 503", true, "status=503 retry-after=1", status(503)],
  ["F14 529", true, "status=529", status(529)],
  ["F15 302 to metadata", true, "redirect", status(302, "location: http://169.254.169.254/")],
  ["F16 200 with HTML", true, "garbage", status(200, "<html>")],
  ["F16 200 with nothing", true, 'body=""', ({ text }) => text.endsWith("content-length: 0\r\n\r\n")],
  ["F16 200 with null", true, "body=null", ({ text }) => text.endsWith("\r\n\r\nnull")],
  ["F16 200 with []", true, 'body="[]"', ({ text }) => text.endsWith("\r\n\r\n[]")],
  ["F17 200 that holds an error", true, "error-200", status(200, '"error"')],
  ["F18 truncated JSON", false, "eof=1", ({ text }) => status(200)({ text } as Heard) && !text.trimEnd().endsWith("}")],
  ["F18 content-length too long", false, "truncated", ({ end, text }) => end === "fin" && text.trimEnd().endsWith("}")],
  [
    "F19 chunked without end",
    true,
    "tokens=5 every=0 cut=5",
    ({ end, text }) => end === "fin" && !text.endsWith("0\r\n\r\n"),
  ],
  [
    "F20 gzip bomb",
    false,
    "gzip=32mb",
    ({ text, bytes }) => text.includes("content-encoding: gzip") && bytes < 100_000,
  ],
  [
    "F20 60 encodings",
    false,
    `encoding="${Array(60).fill("gzip").join(", ")}"`,
    ({ text }) => count(text, "gzip") === 60,
  ],
  ["F20 wrong encoding", false, "encoding=br", status(200, "content-encoding: br")],
  ["F21 20 KB header", false, "header-size=20kb", ({ text }) => text.indexOf("\r\n\r\n") > 20 * 1024],
  ["F21 1,000 headers", false, "headers=1000", ({ text }) => count(text, "\r\nx-simulated-") === 1000],
  ["F21 1xx flood", false, "informational=500", ({ text }) => count(text, "HTTP/1.1 103") === 500],
  ["F22 unsolicited extra answer", false, "extra", ({ text }) => count(text, "HTTP/1.1 200") === 2],
  [
    "F23 null members",
    false,
    `patch='{"choices":null,"content":null}'`,
    ({ text }) => /"(choices|content)": ?null/.test(text),
  ],
  [
    "F23 no id, no usage",
    true,
    "omit=id,usage,message.id,message.usage every=0",
    ({ text }) => !/"(usage|id)":/.test(text),
  ],
  [
    "F24 lying usage",
    false,
    `patch='{"usage":{"prompt_tokens":-1,"output_tokens":"5"}}'`,
    ({ text }) => /"(prompt_tokens": ?-1|output_tokens": ?"5")/.test(text),
  ],
  ["S01 200 stream, at once EOF", true, "eof", ({ text }) => /^HTTP\/1.1 200.*\r\n\r\n0\r\n\r\n$/s.test(text)],
  [
    "S02 first event is an error",
    true,
    "error",
    ({ text }) => /\r\n\r\n[0-9a-f]+\r\n(event: error\n)?data: \{("type":"error",)?"error"/.test(text),
  ],
  [
    "S03 opening and pings, then error",
    true,
    "error=0 pings=2 every=1",
    ({ text }) => said(text) === 0 && /(ping|keep-alive).*"error"/s.test(text),
  ],
  [
    "S05 3 tokens, then error event",
    true,
    "tokens=9 every=1ms error=3",
    ({ text }) => said(text) === 3 && /"error":\{/.test(text),
  ],
  [
    "S06 3 tokens, then a clean EOF",
    true,
    "tokens=9 every=1ms eof=3",
    ({ text }) => said(text) === 3 && text.endsWith("0\r\n\r\n") && !ended(text),
  ],
  [
    "S07 3 tokens, then RST",
    true,
    "tokens=9 every=1ms reset=3",
    ({ text, end }) => said(text) === 3 && end === "reset",
  ],
  [
    "S10 one event of megabytes without end",
    true,
    "big=2mb",
    ({ text }) => text.length > 2 * 1024 * 1024 && !ended(text),
  ],
  ["S11 CRLF and BOM", true, "every=0 framing=bom,crlf", ({ text }) => text.includes("\ufeff") && ended(text)],
  ["S11 CR", true, "every=0 framing=cr", ({ text }) => text.includes("\r\rdata: ") || text.includes("\r\revent: ")],
  [
    "S11 no space, comments",
    true,
    "every=0 framing=tight,comments",
    ({ text }) => text.includes("data:{") && text.includes(": simulated\n"),
  ],
  ["S11 text after the end", true, "every=0 framing=after-end", ({ text }) => text.includes("data: and more")],
  ["S13 usage twice", true, "tokens=4 every=0 usage=twice", ({ text }) => count(text, '"usage":{') >= 2],
  ["S13 usage never", true, "every=0 no-usage", ({ text }) => !text.includes('"usage":{') && ended(text)],
  ["S14 a byte at a time", true, "tokens=1 bytes=1 every=0", ({ text }) => ended(text)],
  ["S15 10,000 events at once", true, "tokens=10000 every=0", ({ text }) => said(text) === 10_000 && ended(text)],
  ["S16 JSON to a stream request", true, "answer=json", ({ text }) => text.includes("content-type: application/json")],
  [
    "S16 SSE to a plain one",
    false,
    "answer=stream every=0",
    ({ text }) => text.includes("text/event-stream") && ended(text),
  ],
];

function status(code: number, part = ""): (heard: Heard) => boolean {
  return ({ text }) => text.includes(`HTTP/1.1 ${code} `) && text.includes(part);
}

function said(text: string): number {
  return count(text, '"delta":{"content":"') + count(text, '"text_delta"');
}

function ended(text: string): boolean {
  return text.includes("[DONE]") || text.includes("event: message_stop") || text.includes("event:message_stop");
}

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

describe.each([
  ["openai-chat", CHAT, chat],
  ["anthropic-messages", MESSAGES, message],
] as const)("faults that %s commits", (_, path, ask) => {
  test.each(FAULTS)("%s", async (_id, stream, directive, sign) => {
    const more = stream ? { stream: true, max_tokens: 50_000 } : {};
    const options = stream && path === CHAT ? { ...more, stream_options: { include_usage: true } } : more;
    const heard = await listen(simulator, rawRequest(path, ask(`[sim ${directive}]`, options), ["connection: close"]));
    const shown = { end: heard.end, bytes: heard.bytes, text: heard.text.slice(0, 2000) };
    expect({
      ...shown,
      known: sign(heard),
    }).toMatchObject({ known: true });
  });

  test("F06 and S08: silence before the head, or after 3 tokens", async () => {
    const before = simulator.counters.requests;
    const open = listen(simulator, rawRequest(path, ask("[sim silence]", { stream: true })), () => true);
    const taken = await simulator.when(({ number }) => number > before);
    expect(taken.status).toBe(0);
    const heard = await listen(
      simulator,
      rawRequest(path, ask("[sim tokens=9 every=1ms silence=3]", { stream: true })),
      (text) => said(text) === 3,
    );
    expect(heard.end).toBe("open");
    heard.leave();
    expect(taken.outcome).toBe("answering");
    void open;
  });

  test("S04 and S09: pings for ever, or content for ever", async () => {
    const ping = path === CHAT ? ": keep-alive" : "event: ping";
    const pings = await listen(
      simulator,
      rawRequest(path, ask("[sim pings=endless every=1ms]", { stream: true })),
      (text) => count(text, ping) > 9,
    );
    expect(said(pings.text)).toBe(0);
    pings.leave();
    const words = await listen(
      simulator,
      rawRequest(path, ask("[sim tokens=endless every=0]", { stream: true })),
      (text) => text.length > 1_000_000,
    );
    expect(words.end).toBe("open");
    words.leave();
  });
});
