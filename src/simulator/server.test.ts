import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { CHAT, chat, count, framesIn, listen, MESSAGES, message, post, rawRequest } from "./fixtures/client.ts";
import { type Simulator, startSimulator } from "./server.ts";

let simulator: Simulator;
beforeEach(() => {
  simulator = startSimulator();
});
afterEach(() => {
  simulator.stop();
});

const WIRES = [
  ["openai-chat", CHAT, chat, '"delta":{"content":', "data: [DONE]"],
  ["anthropic-messages", MESSAGES, message, '"type":"text_delta"', "event: message_stop"],
] as const;

describe.each(WIRES)("faults in a stream of %s", (_, path, ask, piece, endMark) => {
  const stream = (directive: string) => rawRequest(path, ask(directive, { stream: true }));

  test("cut after three chunks: FIN within the body, no end mark", async () => {
    const heard = await listen(simulator, stream("[sim tokens=9 every=1ms cut=3]"));
    expect(heard.end).toBe("fin");
    expect(count(heard.text, piece)).toBe(3);
    expect(heard.text).not.toContain(endMark);
    expect(heard.text).not.toEndWith("0\r\n\r\n");
  });

  test("eof after three chunks: the body ends well, but without its end mark", async () => {
    const heard = await listen(simulator, stream("[sim tokens=9 every=1ms eof=3]"), (text) =>
      text.endsWith("0\r\n\r\n"),
    );
    expect(count(heard.text, piece)).toBe(3);
    expect(heard.text).not.toContain(endMark);
    heard.leave();
  });

  test("eof at once: a 200 and an empty body", async () => {
    const heard = await listen(simulator, stream("[sim eof]"), (text) => text.endsWith("0\r\n\r\n"));
    expect(heard.text).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\n\r\n0\r\n\r\n$/s);
    heard.leave();
  });

  test("reset after three chunks: RST, and the chunks came before", async () => {
    const heard = await listen(simulator, stream("[sim tokens=9 every=1ms reset=3]"));
    expect(heard.end).toBe("reset");
    expect(count(heard.text, piece)).toBe(3);
  });

  test("reset or cut at once: not a byte of an answer", async () => {
    expect(await listen(simulator, stream("[sim reset]"))).toMatchObject({ end: "reset", bytes: 0 });
    expect(await listen(simulator, stream("[sim cut]"))).toMatchObject({ end: "fin", bytes: 0 });
    expect(simulator.requests.map(({ outcome, status }) => [outcome, status])).toEqual([
      ["broken-off", 0],
      ["broken-off", 0],
    ]);
  });

  test("silence after three chunks: nothing more, and the connection stays", async () => {
    const heard = await listen(
      simulator,
      stream("[sim tokens=9 every=1ms silence=3]"),
      (text) => count(text, piece) === 3,
    );
    expect(heard.end).toBe("open");
    expect(simulator.requests[0]).toMatchObject({ chunks: 3, outcome: "answering" });
    heard.leave();
    await simulator.when(({ outcome }) => outcome === "client-closed");
  });

  test("silence at once: the request is taken and never answered", async () => {
    const listening = listen(simulator, stream("[sim silence]"), () => true);
    await simulator.when(({ number }) => number === 1);
    // Another request comes and goes meanwhile.
    expect((await listen(simulator, stream("[sim tokens=1 every=1ms cut=1]"))).end).toBe("fin");
    expect(simulator.requests[0]).toMatchObject({ status: 0, outcome: "answering" });
    simulator.stop();
    expect((await listening).bytes).toBe(0);
  });

  test("an error after three chunks is told in the provider's words", async () => {
    const text = await (await post(simulator, path, ask("[sim tokens=9 every=0 error=3]", { stream: true }))).text();
    expect(count(text, piece)).toBe(3);
    const errors = framesIn(text).filter((frame) => frame.error !== undefined);
    expect(errors).toHaveLength(1);
    expect(errors[0].error.type).toMatch(/server_error|overloaded_error/);
  });

  test("an error may be the first event, or come after the opening", async () => {
    const first = framesIn(await (await post(simulator, path, ask("[sim error]", { stream: true }))).text());
    expect(first[0].error).toBeDefined();
    const second = framesIn(await (await post(simulator, path, ask("[sim error=0]", { stream: true }))).text());
    expect(second[0].error).toBeUndefined();
    expect(second[1].error).toBeDefined();
    const pinged = await (await post(simulator, path, ask("[sim error=0 pings=2 every=1]", { stream: true }))).text();
    expect(count(pinged, "event: ping") + count(pinged, ": keep-alive")).toBe(2);
  });

  test("pings for ever, and no content", async () => {
    const heard = await listen(
      simulator,
      stream("[sim pings=endless every=1ms]"),
      (text) => count(text, "ping") + count(text, "keep-alive") > 20,
    );
    expect(count(heard.text, piece)).toBe(0);
    heard.leave();
    await simulator.when(({ outcome }) => outcome === "client-closed");
  });

  test("a stream without an end goes on until the client leaves", async () => {
    const heard = await listen(simulator, stream("[sim tokens=endless every=0]"), (text) => text.length > 3_000_000);
    expect(heard.end).toBe("open");
    heard.leave();
    const gone = await simulator.when(({ outcome }) => outcome === "client-closed");
    expect(gone.chunks).toBeGreaterThan(1000);
  });

  test("one event of megabytes that never ends", async () => {
    const response = await post(simulator, path, ask("[sim big=3mb]", { stream: true }));
    const text = await response.text();
    expect(text.length).toBeGreaterThan(3 * 1024 * 1024);
    expect(text).toEndWith("x".repeat(1000));
  });

  test("a byte at a time is still the same stream", async () => {
    const whole = await (await post(simulator, path, ask("[sim tokens=4 every=0]", { stream: true }))).text();
    const slow = await (await post(simulator, path, ask("[sim tokens=4 bytes=1 every=0]", { stream: true }))).text();
    const bare = (text: string) => framesIn(text).map((frame) => frame.delta ?? frame.choices ?? frame.type ?? frame);
    expect(bare(slow)).toEqual(bare(whole));
  });

  test("ten thousand events in few writes", async () => {
    const text = await (
      await post(simulator, path, ask("[sim tokens=10000 every=0]", { stream: true, max_tokens: 20_000 }))
    ).text();
    expect(count(text, piece)).toBe(10_000);
    expect(text).toContain(endMark);
  });

  test("JSON, though a stream was asked for", async () => {
    const response = await post(simulator, path, ask("[sim answer=json]", { stream: true }));
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toHaveProperty("id");
  });

  test("a stream, though none was asked for", async () => {
    const response = await post(simulator, path, ask("[sim answer=stream every=0]"));
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(await response.text()).toContain(endMark);
  });
});

describe.each(WIRES)("faults in a plain answer of %s", (_, path, ask, _piece, _endMark) => {
  test("cut in the middle: FIN before the promised length", async () => {
    const heard = await listen(simulator, rawRequest(path, ask("[sim cut=1]")));
    const [head = "", body = ""] = heard.text.split("\r\n\r\n");
    expect(heard.end).toBe("fin");
    expect(body.length).toBeLessThan(Number(/content-length: (\d+)/.exec(head)?.[1]));
    expect(body.length).toBeGreaterThan(0);
  });

  test("eof in the middle: the JSON ends early, the body does not", async () => {
    const response = await post(simulator, path, ask("[sim eof=1]"));
    const text = await response.text();
    expect(Number(response.headers.get("content-length"))).toBe(text.length);
    expect(() => JSON.parse(text)).toThrow();
  });

  test("reset in the middle", async () => {
    const heard = await listen(simulator, rawRequest(path, ask("[sim reset=1]")));
    expect(heard.end).toBe("reset");
    expect(heard.text).toContain("\r\n\r\n{");
  });

  test("truncated: the length promises more than comes", async () => {
    const heard = await listen(simulator, rawRequest(path, ask("[sim truncated]")));
    const [head = "", body = ""] = heard.text.split("\r\n\r\n");
    expect(JSON.parse(body)).toHaveProperty("id");
    expect(Number(/content-length: (\d+)/.exec(head)?.[1])).toBe(Buffer.byteLength(body) + 100);
    expect(heard.end).toBe("fin");
  });

  test("an error event has no place here: it is a 500", async () => {
    expect((await post(simulator, path, ask("[sim error=3]"))).status).toBe(500);
  });

  test("HTML with an error, or with a 200", async () => {
    const bad = await post(simulator, path, ask("[sim html]"));
    expect([bad.status, bad.headers.get("content-type")]).toEqual([502, "text/html"]);
    expect((await post(simulator, path, ask("[sim html status=504]"))).status).toBe(504);
    const good = await post(simulator, path, ask("[sim garbage]", { stream: true }));
    expect([good.status, await good.text()]).toEqual([200, expect.stringContaining("<html>")]);
  });

  test.each(["", "null", "[]", "{}", '{"id":'])("a 200 with the body %p", async (body) => {
    const response = await post(simulator, path, ask(`[sim body='${body}']`));
    expect([response.status, await response.text()]).toEqual([200, body]);
  });

  test("a 200 that holds an error", async () => {
    const response = await post(simulator, path, ask("[sim error-200]", { stream: true }));
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveProperty("error");
  });

  test("a redirect is not an answer", async () => {
    const response = await post(simulator, path, ask("[sim redirect=http://127.0.0.1:1/x]"));
    expect([response.status, response.headers.get("location")]).toEqual([302, "http://127.0.0.1:1/x"]);
  });

  test("an encoding that the body does not have", async () => {
    const heard = await listen(simulator, rawRequest(path, ask("[sim encoding=br]"), ["connection: close"]));
    expect(heard.text).toContain("content-encoding: br\r\n");
    expect(heard.text).toContain('"id"');
  });

  test("a small gzip body that unpacks to much", async () => {
    const response = await post(simulator, path, ask("[sim gzip=40mb]"));
    expect(Number(response.headers.get("content-length"))).toBeLessThan(200_000);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThanOrEqual(40 * 1024 * 1024);
  });

  test("a thousand headers, a long one, and a flood of 103", async () => {
    const heard = await listen(
      simulator,
      rawRequest(path, ask("[sim headers=1000 header-size=20kb informational=50]"), ["connection: close"]),
    );
    expect(count(heard.text, "\r\nx-simulated-")).toBe(1000);
    expect(heard.text).toContain(`x-simulated: ${"x".repeat(20 * 1024)}\r\n`);
    expect(count(heard.text, "HTTP/1.1 103 Early Hints")).toBe(50);
    expect(heard.text).toContain("HTTP/1.1 200 OK");
  });

  test("a second answer that nobody asked for", async () => {
    const heard = await listen(simulator, rawRequest(path, ask("[sim extra]")), (text) =>
      text.includes('{"unasked":true}'),
    );
    expect(count(heard.text, "HTTP/1.1 200 OK")).toBe(2);
    heard.leave();
  });

  test("changed and missing members", async () => {
    const response = await post(simulator, path, ask(`[sim omit=id patch='{"model":7}']`));
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).not.toHaveProperty("id");
    expect(body.model).toBe(7);
  });

  test("a model that writes slowly answers late", async () => {
    const started = performance.now();
    await post(simulator, path, ask("[sim tokens=10 every=4ms]"));
    expect(performance.now() - started).toBeGreaterThanOrEqual(39);
  });

  test("an endless text needs a stream", async () => {
    const response = await post(simulator, path, ask("[sim tokens=endless]"));
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("needs a stream")]);
  });
});

describe("pace", () => {
  test("pieces come one at a time, as far apart as was asked", async () => {
    const started = performance.now();
    await (
      await post(simulator, CHAT, chat("[sim tokens=10 every=5ms delay=20ms pause=10ms]", { stream: true }))
    ).text();
    expect(performance.now() - started).toBeGreaterThanOrEqual(20 + 10 + 10 * 5 - 1);
  });

  test("a reader that does not read stops the writer, and loses nothing", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
    let text = "";
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: simulator.port,
      socket: {
        open(socket) {
          socket.pause();
          socket.write(
            rawRequest(CHAT, chat("[sim tokens=60000 mark=é every=0]", { stream: true }), ["connection: close"]),
          );
          socket.flush();
        },
        data(_socket, bytes) {
          text += bytes.toString("latin1");
        },
        close: () => resolve(),
      },
    });
    // The kernel's buffers fill, and then the count stands still.
    let before = -1;
    const look = () => {
      const { bytes } = simulator.counters;
      if (bytes > 0 && bytes === before) return isFull();
      before = bytes;
      setTimeout(look, 50);
    };
    look();
    await full;
    expect(simulator.requests[0]?.chunks).toBeLessThan(60_000);
    expect(simulator.requests[0]?.outcome).toBe("answering");
    socket.resume();
    await ended;
    const pieces = [
      ...Buffer.from(text, "latin1")
        .toString()
        .matchAll(/"content":" ?é-(\d+)"/g),
    ].map(([, number]) => Number(number));
    expect(pieces).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    expect(text).toContain("[DONE]");
  });

  test("a thousand streams at once", async () => {
    const texts = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const response = await post(simulator, CHAT, chat(`[sim tokens=5 mark=m${i} every=2ms]`, { stream: true }));
        return response.text();
      }),
    );
    for (const [i, text] of texts.entries()) {
      const said = framesIn(text)
        .map((frame) => frame.choices?.[0]?.delta.content ?? "")
        .join("");
      expect(said).toBe(`m${i}-0 m${i}-1 m${i}-2 m${i}-3 m${i}-4`);
    }
  });
});

describe("what reached the provider", () => {
  test("is remembered as it came", async () => {
    await post(simulator, `${CHAT}?beta=true`, chat("hello"), { "x-custom": "yes" });
    expect(simulator.requests).toHaveLength(1);
    expect(simulator.requests[0]).toMatchObject({
      number: 1,
      method: "POST",
      path: CHAT,
      query: "beta=true",
      body: { model: "gpt-4o", messages: [{ role: "user", content: "hello" }] },
      status: 200,
      outcome: "answered",
    });
    expect(simulator.requests[0]?.headers).toMatchObject({ "x-custom": "yes", authorization: "Bearer sk-test" });
    expect(simulator.requests[0]?.text).toStartWith('{"model":"gpt-4o"');
  });

  test("is forgotten on demand, and the oldest by itself", async () => {
    const small = startSimulator({ remember: 2 });
    for (const text of ["a", "b", "c"]) await post(small, CHAT, chat(text));
    expect(small.requests.map(({ number }) => number)).toEqual([2, 3]);
    small.forget();
    expect(small.requests).toHaveLength(0);
    expect(small.counters.requests).toBe(3);
    small.stop();
  });

  test("nothing is remembered where that is wanted", async () => {
    const none = startSimulator({ remember: 0 });
    expect((await post(none, CHAT, chat("a"))).status).toBe(200);
    expect(none.requests).toHaveLength(0);
    none.stop();
  });

  test("a client that leaves is seen before the answer is over, with what it had got", async () => {
    const heard = await listen(
      simulator,
      rawRequest(CHAT, chat("[sim tokens=1000 every=5ms]", { stream: true })),
      (text) => count(text, '"delta":{"content":') >= 3,
    );
    heard.leave();
    const gone = await simulator.when(({ outcome }) => outcome === "client-closed");
    expect(gone.chunks).toBeGreaterThanOrEqual(3);
    expect(gone.chunks).toBeLessThan(1000);
  });

  test("requests on one connection are answered in their order, even if they came at once", async () => {
    const requests = ["one", "two", "three"].map((text) => rawRequest(CHAT, chat(`[sim say=${text} delay=3ms]`)));
    const heard = await listen(
      simulator,
      requests.join(""),
      (text) => count(text, "HTTP/1.1 200") === 3 && text.includes("three"),
    );
    const at = ["one", "two", "three"].map((word) => heard.text.indexOf(`"content": "${word}"`));
    expect(at.every((place) => place > 0)).toBe(true);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(new Set(simulator.requests.map(({ connection }) => connection)).size).toBe(1);
    heard.leave();
  });

  test("connections are counted, and whether they are still open", async () => {
    const heard = await listen(simulator, rawRequest(CHAT, chat("hi")), (text) => text.endsWith("}\n"));
    expect(simulator.counters).toMatchObject({ connections: 1, open: 1, requests: 1 });
    expect(simulator.counters.bytes).toBe(heard.bytes);
    heard.leave();
    await listen(simulator, rawRequest(CHAT, chat("hi"), ["connection: close"]));
    expect(simulator.counters).toMatchObject({ connections: 2, requests: 2 });
  });

  test("an idle connection is closed where that is wanted, but not while it is answered", async () => {
    const strict = startSimulator({ idle: 30 });
    const started = performance.now();
    const heard = await listen(strict, rawRequest(CHAT, chat("[sim tokens=20 every=5ms]", { stream: true })));
    expect(heard).toMatchObject({ end: "fin", text: expect.stringContaining("[DONE]") });
    expect(performance.now() - started).toBeGreaterThanOrEqual(129);
    expect(strict.requests[0]?.outcome).toBe("answered");
    strict.stop();
  });

  test("a connection that shall be closed is closed after the answer", async () => {
    const heard = await listen(simulator, rawRequest(CHAT, chat("hi"), ["connection: close"]));
    expect(heard).toMatchObject({ end: "fin", text: expect.stringContaining("connection: close\r\n") });
    const refused = await listen(simulator, rawRequest(CHAT, "no JSON", ["connection: close"]));
    expect(refused).toMatchObject({ end: "fin", text: expect.stringContaining("HTTP/1.1 400") });
  });

  test("a body that is announced waits for its word", async () => {
    const request = rawRequest(CHAT, chat("hi"), ["expect: 100-continue", "connection: close"]);
    const cut = request.indexOf("\r\n\r\n") + 4;
    const heard = await listen(simulator, [request.slice(0, cut), request.slice(cut)]);
    expect(heard.text).toStartWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK");
  });

  test("bytes that are no request get a 400, and the door", async () => {
    const heard = await listen(simulator, "SSH-2.0-OpenSSH_9.6\r\n\r\n");
    expect(heard).toMatchObject({ end: "fin", text: expect.stringContaining("HTTP/1.1 400 Bad Request") });
  });
});

describe("a scenario for some requests", () => {
  test("fails for one model only, so that a fallback can answer", async () => {
    const text = "[sim model=gpt-5 status=503] hello";
    expect((await post(simulator, CHAT, chat(text, { model: "gpt-5" }))).status).toBe(503);
    expect((await post(simulator, CHAT, chat(text, { model: "gpt-4o" }))).status).toBe(200);
    expect((await post(simulator, MESSAGES, message(text))).status).toBe(200);
  });

  test("fails for one provider's path only", async () => {
    const text = "[sim path=/openai status=503] hello";
    expect((await post(simulator, CHAT, chat(text))).status).toBe(503);
    expect((await post(simulator, "/azure/v1/chat/completions", chat(text))).status).toBe(200);
  });

  test("fails twice, then no more", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++)
      statuses.push((await post(simulator, CHAT, chat("[sim first=2 id=x status=500]"))).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
  });

  test("is found wherever the last words of the user are", async () => {
    const messages = [
      { role: "user", content: "[sim status=500]" },
      { role: "assistant", content: "sorry" },
      {
        role: "user",
        content: [
          { type: "text", text: "again" },
          { type: "text", text: "[sim say=fine]" },
        ],
      },
    ];
    const response = await post(simulator, CHAT, { model: "gpt-4o", messages });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: "fine" } }] });
  });
});
