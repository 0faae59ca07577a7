import { afterEach, describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { chunk, LAST_CHUNK, type Line, STREAM_HEAD } from "../upstream/fixtures/raw-server.ts";
import { type Answered, attemptStream, type Trip } from "./attempt.ts";
import { type Act, ENDING, OPENING, type Providers, said, speaks, startProviders } from "./fixtures/providers.ts";
import type { Live } from "./live.ts";
import { Outflow } from "./outflow.ts";

let providers: Providers;
afterEach(() => providers.stop());

/** A request for a stream, and the connection on which it is answered. */
async function begin(act: Act): Promise<{ trip: Trip; answered: Promise<Answered<Live>>; line: Line }> {
  providers = startProviders({ a: act });
  const trip = providers.trip({ stream: true });
  const answered = attemptStream(trip);
  // Looked at later; a failure before that is not nobody's.
  answered.catch(() => {});
  return { trip, answered, line: await providers.server.line(0) };
}

/** The stream on its way to a client that reads it. */
interface Poured {
  outflow: Outflow;
  /** How it ended: `undefined` is well. */
  over: Promise<GatewayError | undefined>;
  times: () => number;
  /** Everything up to the end of the stream; the last bytes are not added. */
  text: Promise<string>;
}

function pour(live: Live): Poured {
  const outflow = new Outflow(": still here\n\n", 3_600_000, () => {});
  const { promise: over, resolve } = Promise.withResolvers<GatewayError | undefined>();
  let times = 0;
  live.pour(outflow, (error) => {
    times++;
    outflow.end("");
    resolve(error);
  });
  return { outflow, over, times: () => times, text: new Response(outflow.body).text() };
}

function wordsOf(sse: string): string {
  return [...sse.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join("");
}

describe("before the first content", () => {
  test("everything is held back, and then told in its order", async () => {
    const { answered, line } = await begin((line) =>
      line.send(STREAM_HEAD + chunk(OPENING) + chunk(": a comment\n\n")),
    );
    let spoken = false;
    answered.then(() => {
      spoken = true;
    });
    await line.until(() => line.sent > 0);
    expect(spoken).toBe(false);
    line.send(chunk(said("one ")) + chunk(said("two")) + ENDING);
    const { given } = await answered;
    const { text, over } = pour(given);
    expect(await over).toBeUndefined();
    expect(wordsOf(await text)).toBe("one two");
    expect((await text).indexOf('"role":"assistant"')).toBeLessThan((await text).indexOf("one "));
  });

  test("an end is an answer: a model may have nothing to say", async () => {
    const { answered } = await begin((line) => line.send(STREAM_HEAD + chunk(OPENING) + ENDING));
    const { given, attempt, passage } = await answered;
    expect(passage.readings).toMatchObject({ ended: true, finish: "stop", usage: { input: 3, output: 2 } });
    expect(await pour(given).over).toBeUndefined();
    expect(attempt.error).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ["an end without its mark", LAST_CHUNK, "upstream_truncated"],
    ["an error of the provider", chunk('data: {"error":{"message":"overloaded"}}\n\n'), "upstream_error"],
    ["what is no frame of the wire", chunk("data: {nonsense\n\n"), "upstream_malformed"],
  ])("%s is a failure, and nothing was told", async (_, bytes, code) => {
    const { trip, answered } = await begin((line) => line.send(STREAM_HEAD + chunk(OPENING) + bytes));
    const error = await answered.then(
      () => new Error("it spoke"),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(GatewayError);
    expect((error as GatewayError).code).toBe(code as GatewayError["code"]);
    expect(trip.generation.attempts[0]!.error?.code).toBe(code as GatewayError["code"]);
  });

  test("more than a megabyte is no opening: it is held for nobody", async () => {
    const comment = chunk(`: ${"x".repeat(60_000)}\n\n`);
    const { answered, line } = await begin((line) => {
      line.send(STREAM_HEAD);
      for (let i = 0; i < 200; i++) line.send(comment);
    });
    const error = await answered.then(
      () => new Error("it spoke"),
      (thrown: unknown) => thrown,
    );
    expect((error as GatewayError).code).toBe("upstream_malformed");
    expect((error as GatewayError).message).toContain("1048576 bytes without any content");
    await line.ended;
  });
});

describe("after the first content", () => {
  test("every piece goes out before the next has come", async () => {
    const { answered, line } = await begin(speaks("first"));
    const { given } = await answered;
    const outflow = new Outflow("", 3_600_000, () => {});
    given.pour(outflow, () => outflow.end(""));
    const reader = outflow.body.getReader();
    let text = "";
    for (const word of ["second", "third"]) {
      line.send(chunk(said(word)));
      while (!text.includes(word)) text += Buffer.from((await reader.read()).value!).toString();
    }
    expect(wordsOf(text)).toBe("firstsecondthird");
    given.stop(new GatewayError("client_closed", "done"));
    await line.ended;
  });

  test.each<[string, (line: Line) => void, string]>([
    ["an end without its mark", (line) => line.send(LAST_CHUNK), "upstream_truncated"],
    ["a closed connection", (line) => line.fin(), "upstream_truncated"],
    ["a reset", (line) => line.reset(), "upstream_truncated"],
    ["an error of the provider", (line) => line.send(chunk('data: {"error":{"message":"no"}}\n\n')), "upstream_error"],
  ])("%s ends it, once, behind all that was said", async (_, fail, code) => {
    const { answered, line } = await begin(speaks("one ", "two"));
    const { given, attempt } = await answered;
    const { text, over, times } = pour(given);
    // The words must have come before the break, or the break is all there is.
    while (!given.passage.readings.contentBytes || given.passage.readings.contentBytes < 7) await turn();
    fail(line);
    expect((await over)?.code).toBe(code as GatewayError["code"]);
    expect(attempt.error).toBe((await over)!);
    expect(wordsOf(await text)).toBe("one two");
    given.stop(new GatewayError("client_closed", "too late"));
    expect(times()).toBe(1);
    expect(attempt.error?.code).toBe(code as GatewayError["code"]);
  });

  describe("without a mark of its end, when all but that was said", () => {
    const finish = {
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
    };
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

    /** What came of it, when the connection broke behind that. */
    async function broken(last: object): Promise<GatewayError | undefined> {
      const { answered, line } = await begin(speaks("one"));
      const { given } = await answered;
      const { over, text } = pour(given);
      line.send(chunk(`data: ${JSON.stringify(last)}\n\n`));
      while (given.passage.readings.finish === undefined) await turn();
      line.reset();
      const error = await over;
      expect(wordsOf(await text)).toBe("one");
      return error;
    }

    test("it is whole, however the connection ends", async () => {
      expect(await broken({ ...finish, usage })).toBeUndefined();
    });

    test("it is not while its usage is still to come", async () => {
      expect((await broken(finish))?.code).toBe("upstream_truncated");
    });
  });

  test("an error in the same piece as words comes behind them", async () => {
    const { answered } = await begin((line) =>
      line.send(STREAM_HEAD + chunk(`${OPENING}${said("word")}data: {"error":{"message":"no"}}\n\n${said("never")}`)),
    );
    const { given } = await answered;
    const { text, over } = pour(given);
    expect((await over)?.code).toBe("upstream_error");
    expect(wordsOf(await text)).toBe("word");
  });

  test("the end frees the connection for the next request, whatever the framing still owes", async () => {
    const { answered, line } = await begin(speaks("one"));
    const { given } = await answered;
    const { over } = pour(given);
    line.send(ENDING);
    expect(await over).toBeUndefined();
    const again = attemptStream(providers.trip({ stream: true }));
    await line.until(() => providers.asked.length === 2);
    expect(providers.server.lines).toHaveLength(1);
    (await again).given.stop(new GatewayError("client_closed", "done"));
  });

  test("the last of it is the wire's: a finish with usage, or an error and no end mark", async () => {
    const { answered, line, trip } = await begin(speaks("one"));
    const { given, attempt, passage } = await answered;
    const { over } = pour(given);
    line.send(ENDING);
    await over;
    const { closing } = trip.generation.close({ attempt, readings: passage.readings, error: undefined, dropped: [] });
    const finish = given.last.finish(closing);
    expect(finish).toContain('"finish_reason":"stop"');
    expect(finish).toContain('"completion_tokens":2');
    expect(finish).toEndWith("data: [DONE]\n\n");
    expect(given.last.fail(new GatewayError("upstream_reset", "It broke."))).toMatch(/^data: \{"error":.*\}\n\n$/);
  });
});

describe("a stop", () => {
  test("closes the connection, tells once, and nothing comes after it", async () => {
    const { answered, line } = await begin(speaks("one"));
    const { given, attempt } = await answered;
    const { over, times } = pour(given);
    const reason = new GatewayError("client_closed", "The client left.");
    given.stop(reason);
    given.stop(new GatewayError("client_closed", "It left again."));
    expect(await over).toBe(reason);
    await line.ended;
    expect(times()).toBe(1);
    expect(attempt.error).toBe(reason);
  });

  test("between the first content and the pouring is told when it is poured", async () => {
    const { answered } = await begin(speaks("one"));
    const { given } = await answered;
    const reason = new GatewayError("client_closed", "The client left.");
    given.stop(reason);
    const { over, text } = pour(given);
    expect(await over).toBe(reason);
    expect(wordsOf(await text)).toBe("one");
  });
});

describe("a client that does not read", () => {
  test("makes the provider wait, and lets it go on when it reads again", async () => {
    const word = chunk(said("x".repeat(16_000)));
    const pieces = 2000;
    const { answered, line } = await begin((line) => {
      line.send(STREAM_HEAD + chunk(OPENING));
      for (let i = 0; i < pieces; i++) line.send(word);
      line.send(ENDING);
    });
    const { given, passage } = await answered;
    const outflow = new Outflow("", 3_600_000, () => {});
    const { promise: over, resolve } = Promise.withResolvers<GatewayError | undefined>();
    given.pour(outflow, (error) => {
      outflow.end("");
      resolve(error);
    });
    // Until nothing moves any more: what was read is what stands between us and the client, and in the sockets.
    for (let seen = -1; seen !== passage.readings.contentBytes; ) {
      seen = passage.readings.contentBytes;
      for (let i = 0; i < 50; i++) await turn();
    }
    expect(passage.readings.contentBytes).toBeLessThan(1024 * 1024);
    expect(line.sent).toBeLessThan(word.length * pieces * 0.75);
    const text = await new Response(outflow.body).text();
    expect(await over).toBeUndefined();
    expect(text.length).toBeGreaterThan(16_000 * pieces);
    expect(passage.readings.contentBytes).toBe(16_000 * pieces);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
