import { afterEach, describe, expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { chunk, LAST_CHUNK, STREAM_HEAD, sized } from "../upstream/fixtures/raw-server.ts";
import { attemptStream, attemptWhole, type Trip } from "./attempt.ts";
import {
  type Act,
  hangsUp,
  inTurn,
  MODEL,
  type Providers,
  refuses,
  says,
  speaks,
  startProviders,
} from "./fixtures/providers.ts";
import { Outflow } from "./outflow.ts";

let providers: Providers;
afterEach(() => providers.stop());

function start(acts: Record<string, Act>, clocks?: object): void {
  providers = startProviders(acts, clocks);
}

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const thrown = await promise.then(
    () => new Error("nothing failed"),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

/** What a whole request fails with. */
function refusal(body?: JsonObject): Promise<GatewayError> {
  return failure(attemptWhole(providers.trip(body)));
}

/** The text of a whole reply. */
async function reply(trip: Trip): Promise<string> {
  const { given, attempt, passage } = await attemptWhole(trip);
  const { closing } = trip.generation.close({ attempt, readings: passage.readings, error: undefined, dropped: [] });
  return JSON.parse(String(given(closing))).choices[0].message.content;
}

/** How each attempt of a generation ended: the code of its error, or `null`. */
function outcomes({ generation }: Trip): (ErrorCode | null)[] {
  return generation.attempts.map(({ error }) => error?.code ?? null);
}

describe("the first leg that answers", () => {
  test("is the last that is asked", async () => {
    start({ a: says("from a"), b: says("from b") });
    const trip = providers.trip();
    expect(await reply(trip)).toBe("from a");
    expect(providers.asked).toEqual(["a"]);
    expect(outcomes(trip)).toEqual([null]);
  });

  test("is asked for the model under its own name for it, with its own credential", async () => {
    start({ a: refuses(503), claude: refuses(503), c: says("from c") });
    await reply(providers.trip());
    expect(providers.bodies.map(({ model }) => model)).toEqual(["a-model", "claude-model", "c-model"]);
    expect(providers.asked).toEqual(["a", "claude", "c"]);
  });

  test("leaves a record of all that were tried before it", async () => {
    start({ a: refuses(529), b: says("from b") });
    const trip = providers.trip();
    await reply(trip);
    const [first, second] = trip.generation.attempts;
    expect(first!).toMatchObject({ status: 529, leg: { provider: "a", relay: true } });
    expect(first!.endedAt).toBeGreaterThanOrEqual(first!.startedAt);
    expect(first!.firstContentAt).toBeUndefined();
    expect(second!).toMatchObject({ status: 200, error: undefined, leg: { provider: "b" } });
    expect(second!.firstContentAt).toBeNumber();
  });
});

describe("after a failure", () => {
  test.each<[string, Act, ErrorCode]>([
    ["429", refuses(429), "upstream_rate_limited"],
    ["401", refuses(401), "upstream_auth"],
    ["402", refuses(402), "upstream_quota"],
    ["404", refuses(404), "upstream_model_not_found"],
    ["500", refuses(500), "upstream_error"],
    ["503", refuses(503), "upstream_overloaded"],
    ["a redirect", refuses(302, "\r\nlocation: http://169.254.169.254/"), "upstream_malformed"],
    ["a closed connection", hangsUp, "upstream_reset"],
    ["no JSON", (line) => line.send(sized("<html>")), "upstream_malformed"],
    ["no answer of the wire", (line) => line.send(sized("{}")), "upstream_malformed"],
  ])("that is the provider's, the next leg is asked: %s", async (_, act, code) => {
    start({ a: act, b: says("from b") });
    const trip = providers.trip();
    expect(await reply(trip)).toBe("from b");
    expect(outcomes(trip)).toEqual([code, null]);
  });

  test.each<[number, ErrorCode]>([
    [400, "upstream_invalid_request"],
    [413, "upstream_too_large"],
    [422, "upstream_unprocessable"],
  ])("that is the request's, nobody else is: %d", async (status, code) => {
    start({ a: refuses(status), b: says("from b") });
    const error = await refusal();
    expect([error.code, error.status]).toEqual([code, status]);
    expect(error.message).toContain(`no ${status}`);
    expect(providers.asked).toEqual(["a"]);
  });

  test("that may have been billed, one further leg is asked and not two", async () => {
    start({ a: hangsUp, b: refuses(500), c: says("from c") });
    const trip = providers.trip();
    const error = await failure(attemptWhole(trip));
    expect(error.code).toBe("provider_unavailable");
    expect(providers.asked).toEqual(["a", "b"]);
    expect(outcomes(trip)).toEqual(["upstream_reset", "upstream_error"]);
  });

  test("that may have been billed, those that bill nothing do not count", async () => {
    start({ a: refuses(500), b: refuses(429), c: refuses(503), d: says("from d") });
    expect(await reply(providers.trip())).toBe("from d");
    expect(providers.asked).toEqual(["a", "b", "c", "d"]);
  });

  test("of a clock, the message says which", async () => {
    start({ a: () => {} }, { first_byte_ms: 30 });
    const error = await refusal();
    expect([error.code, error.status]).toEqual(["upstream_timeout", 504]);
    expect(error.message).toContain("(clock: firstByte)");
  });

  test("to say it in its wire, nothing was sent and the next leg is asked", async () => {
    const body = {
      messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "AA==", format: "wav" } }] }],
    };
    start({ claude: says("never"), b: says("from b") });
    const trip = providers.trip(body);
    expect(await reply(trip)).toBe("from b");
    expect(providers.asked).toEqual(["b"]);
    expect(outcomes(trip)).toEqual(["unsupported", null]);
  });
});

describe("thinking that its provider cannot read", () => {
  const SEAL = { type: "reasoning.encrypted", data: "gAAA", format: "openai-responses-v1", index: 0 };
  const WORDS = { type: "reasoning.text", text: "Hm.", signature: "c2ln", format: "anthropic-claude-v1", index: 0 };
  const history = (...reasoning_details: object[]): JsonObject => ({
    messages: [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi", reasoning_details },
      { role: "user", content: "Go on" },
    ] as JsonObject[],
  });
  const refusesSeals = refuses(400, "", { error: { message: "Invalid `signature` in `thinking` block" } });
  const inOrder = (...acts: Act[]): Act => {
    let next = 0;
    return (line, request) => acts[next++]!(line, request);
  };

  test("is left out, and the same leg asked once more", async () => {
    const answer = { id: "msg_1", type: "message", role: "assistant", model: "c", stop_reason: "end_turn" };
    const whole = { ...answer, content: [{ type: "text", text: "from claude" }], usage: { input_tokens: 1 } };
    start({ claude: inOrder(refusesSeals, (line) => line.send(sized(JSON.stringify(whole)))), z: says("never") });
    const trip = providers.trip(history(WORDS));
    const { passage } = await attemptWhole(trip);
    expect(providers.asked).toEqual(["claude", "claude"]);
    expect(JSON.stringify(providers.bodies[0])).toContain("c2ln");
    expect(JSON.stringify(providers.bodies[1])).not.toContain("c2ln");
    expect(outcomes(trip)).toEqual(["upstream_seal_refused", null]);
    expect(passage.dropped).toEqual(["reasoning_details", "reasoning"]);
  });

  test("that is refused inside of a stream, before a word, is left out as well", async () => {
    const told = {
      type: "error",
      error: { type: "invalid_request_error", message: "Invalid `signature` in `thinking` block" },
    };
    const refusesInBand: Act = (line) =>
      line.send(STREAM_HEAD + chunk(`event: error\ndata: ${JSON.stringify(told)}\n\n`) + LAST_CHUNK);
    start({ claude: inOrder(refusesInBand, refuses(503)), z: speaks("from z") });
    const trip = providers.trip({ ...history(WORDS), stream: true });
    const { given } = await attemptStream(trip);
    expect(outcomes(trip)).toEqual(["upstream_seal_refused", "upstream_overloaded", null]);
    expect(JSON.stringify(providers.bodies[0])).toContain("c2ln");
    expect(JSON.stringify(providers.bodies[1])).not.toContain("c2ln");
    given.stop(new GatewayError("client_closed", "enough"));
  });

  test("is left out once a leg; then the next is asked, with all of it", async () => {
    start({ claude: refusesSeals, z: says("from z") });
    const trip = providers.trip(history(WORDS));
    expect(await reply(trip)).toBe("from z");
    expect(providers.asked).toEqual(["claude", "claude", "z"]);
    expect(outcomes(trip)).toEqual(["upstream_seal_refused", "upstream_seal_refused", null]);
  });

  test("where there is none, nothing is asked twice", async () => {
    start({ claude: refusesSeals });
    const error = await refusal();
    expect([error.code, error.status]).toEqual(["upstream_seal_refused", 400]);
    expect(providers.asked).toEqual(["claude"]);
  });

  test("a client that asks for all or nothing gets neither answer", async () => {
    start({ claude: refusesSeals });
    const error = await refusal({ ...history(WORDS), providerOptions: { gateway: { strict: true } } });
    expect([error.code, error.details.param]).toEqual(["unsupported", "reasoning_details"]);
    expect(providers.asked).toEqual(["claude"]);
  });

  test("a failure of another kind is none of this", async () => {
    start({ claude: refuses(400), z: says("never") });
    expect((await refusal(history(SEAL, WORDS))).code).toBe("upstream_invalid_request");
    expect(providers.asked).toEqual(["claude"]);
  });

  test("a client that leaves in between is asked for no more", async () => {
    let trip: Trip | undefined;
    start({
      claude: (line, request) => {
        trip!.departure.leave();
        refusesSeals(line, request);
      },
    });
    trip = providers.trip(history(WORDS));
    expect((await failure(attemptWhole(trip))).code).toBe("client_closed");
    expect(providers.asked).toEqual(["claude"]);
  });
});

describe("what the client is told when nobody answered", () => {
  test("is the one reason, where there was one leg", async () => {
    start({ a: refuses(429, "\r\nretry-after: 7") });
    const error = await refusal();
    expect([error.code, error.details.retryAfterMs]).toEqual(["upstream_rate_limited", 7000]);
    expect(error.message).not.toContain("No provider answered");
  });

  test("is the same reason with a list, where all had the same", async () => {
    start({ a: refuses(429, "\r\nretry-after: 30"), b: refuses(429, "\r\nretry-after: 4"), c: refuses(429) });
    const error = await refusal();
    expect([error.code, error.status]).toEqual(["upstream_rate_limited", 429]);
    // Whoever can serve first is who the client waits for.
    expect(error.details.retryAfterMs).toBe(4000);
    for (const name of ["a", "b", "c"]) expect(error.message).toContain(`${name} for ${MODEL}: `);
  });

  test("is that nobody can, where the reasons differ", async () => {
    start({ a: refuses(429, "\r\nretry-after: 9"), b: refuses(401), c: refuses(503) });
    const error = await refusal();
    expect([error.code, error.status, error.details.retryAfterMs]).toEqual(["provider_unavailable", 503, 9000]);
    expect(error.message).toStartWith("No provider answered. a for lab/model: ");
  });

  test("is the request's own fault, where the last one found it", async () => {
    start({ a: refuses(503), b: refuses(400) });
    expect((await refusal()).code).toBe("upstream_invalid_request");
  });

  test("leaves out those that were not asked", async () => {
    const body = {
      messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "AA==", format: "wav" } }] }],
    };
    start({ claude: says("never"), b: refuses(503) });
    const error = await refusal(body);
    expect(error.code).toBe("upstream_overloaded");
    expect(error.message).not.toContain("claude");
    providers.stop();
    start({ claude: says("never") });
    expect((await refusal(body)).code).toBe("unsupported");
  });
});

describe("a client that has gone", () => {
  test("is not waited for by a file that is fetched for the provider", async () => {
    start({ odd: says("never") });
    const file = { filename: "a.pdf", file_data: "https://files.example/a.pdf" };
    const content = [
      { type: "text", text: "Read it" },
      { type: "file", file },
    ];
    const fetching = Promise.withResolvers<void>();
    const fetchFile = () => {
      fetching.resolve();
      return new Promise<never>(() => {});
    };
    const trip = { ...providers.trip({ messages: [{ role: "user", content }] }), fetchFile };
    const failed = failure(attemptWhole(trip));
    await fetching.promise;
    trip.departure.leave();
    expect((await failed).code).toBe("client_closed");
    expect([outcomes(trip), providers.asked]).toEqual([["client_closed"], []]);
  });

  test("before anybody was asked, costs nobody anything", async () => {
    start({ a: says("from a") });
    const trip = providers.trip();
    trip.departure.leave();
    expect((await failure(attemptWhole(trip))).code).toBe("client_closed");
    expect(providers.asked).toEqual([]);
    expect(trip.generation.attempts).toEqual([]);
  });

  test("while a provider thinks, frees it, and the next is not asked", async () => {
    start({ a: () => {}, b: says("from b") });
    const trip = providers.trip();
    const failed = failure(attemptWhole(trip));
    const line = await providers.server.line(0);
    await line.until(() => providers.asked.length === 1);
    trip.departure.leave();
    expect((await failed).code).toBe("client_closed");
    await line.ended;
    expect(providers.asked).toEqual(["a"]);
    expect(outcomes(trip)).toEqual(["client_closed"]);
  });

  test("at the moment the last one failed, is not served by the next", async () => {
    const trips: Trip[] = [];
    start({
      a: (line, request) => {
        refuses(503)(line, request);
        trips[0]!.departure.leave();
      },
      b: says("from b"),
    });
    trips.push(providers.trip());
    expect((await failure(attemptWhole(trips[0]!))).code).toBe("client_closed");
    expect(providers.asked).toEqual(["a"]);
  });
});

describe("a stream", () => {
  const STREAM = { stream: true };

  test("is the answer from its first content on", async () => {
    start({ a: speaks("Hello"), b: speaks("never") });
    const trip = providers.trip(STREAM);
    const { given, attempt } = await attemptStream(trip);
    expect(attempt.firstContentAt).toBeNumber();
    expect(providers.asked).toEqual(["a"]);
    given.stop(new GatewayError("client_closed", "done"));
    await (await providers.server.line(0)).ended;
  });

  test.each<[string, Act, ErrorCode]>([
    ["ends before any", inTurn(speaks(), hangsUp), "upstream_truncated"],
    [
      "begins with an error",
      (line) =>
        line.send(
          sized('data: {"error":{"message":"overloaded"}}\n\n', "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream"),
        ),
      "upstream_error",
    ],
    ["is JSON that holds an error", refuses(200), "upstream_error"],
    ["is JSON that holds an answer", says("whole"), "upstream_malformed"],
    ["is refused", refuses(503), "upstream_overloaded"],
  ])("that %s is followed by the next, unseen", async (_, act, code) => {
    start({ a: act, b: speaks("Hello") });
    const trip = providers.trip(STREAM);
    const { given, attempt } = await attemptStream(trip);
    expect(attempt.leg.provider).toBe("b");
    expect(outcomes(trip)).toEqual([code, null]);
    given.stop(new GatewayError("client_closed", "done"));
  });

  test("that stays silent after its opening runs into the clock for content", async () => {
    start({ a: speaks(), b: speaks("Hello") }, { first_content_ms: 40 });
    const trip = providers.trip(STREAM);
    const { given, attempt } = await attemptStream(trip);
    expect(attempt.leg.provider).toBe("b");
    expect(trip.generation.attempts[0]!.error!.message).toContain("(clock: firstContent)");
    // Whoever is not wanted any more is let go.
    await (await providers.server.line(0)).ended;
    given.stop(new GatewayError("client_closed", "done"));
  });

  test("that a client leaves before its first content ends there", async () => {
    start({ a: speaks(), b: speaks("never") });
    const trip = providers.trip(STREAM);
    const failed = failure(attemptStream(trip));
    const line = await providers.server.line(0);
    await line.until(() => line.sent > 0);
    trip.departure.leave();
    expect((await failed).code).toBe("client_closed");
    await line.ended;
    expect(providers.asked).toEqual(["a"]);
  });

  test("is not replaced after its first content, whatever comes", async () => {
    start({ a: inTurn(speaks("Hello"), (line) => line.send("garbage\r\n"), hangsUp), b: speaks("never") });
    const { given, attempt } = await attemptStream(providers.trip(STREAM));
    await (await providers.server.line(0)).ended;
    await new Promise<void>((over) => {
      const outflow = new Outflow(": still here\n\n", 60_000, () => {});
      given.pour(outflow, () => {
        outflow.stop();
        over();
      });
    });
    expect(attempt.leg.provider).toBe("a");
    expect(attempt.error?.code).toBe("upstream_malformed");
    expect(providers.asked).toEqual(["a"]);
  });
});
