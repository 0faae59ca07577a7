import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { chunksOf, dataOf, jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import type { GenerationRow, LedgerEntry } from "../store/generations.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";

let gateway: RunningGateway;
/** How the ledger writes, while a test has not changed it. */
let write: (entry: LedgerEntry) => Promise<void>;
beforeAll(async () => {
  gateway = await startGateway();
  const { ledger } = gateway.headgate.gateway;
  write = ledger.write.bind(ledger);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());
afterEach(() => ledgerWrites(write));

function ledgerWrites(how: (entry: LedgerEntry) => Promise<void>): void {
  gateway.headgate.gateway.ledger.write = how;
}

/** SQLite answers at once. */
function rows(): number {
  return gateway.headgate.gateway.generations.count() as number;
}

const RELAYED = "openai/gpt-4o";
const TRANSCODED = "anthropic/claude-sonnet-4.5";

function ask(model: string, content: string, more: object = {}): Promise<Response> {
  return gateway.post("/v1/chat/completions", { model, messages: [{ role: "user", content }], ...more });
}

describe("what is refused before anybody could be asked", () => {
  const request = { model: RELAYED, messages: [{ role: "user", content: "Hello" }] };

  test.each<[string, number, unknown, Record<string, string>]>([
    ["a wrong key", 401, request, { authorization: "Bearer nobody's" }],
    ["no JSON", 400, "{", {}],
    ["no messages", 400, { model: RELAYED }, {}],
    ["an unknown model", 404, { ...request, model: "nobody/knows" }, {}],
    ["an unknown option", 400, { ...request, providerOptions: { gateway: { ordre: ["openai"] } } }, {}],
    ["an unknown provider", 400, { ...request, providerOptions: { gateway: { only: ["nobody"] } } }, {}],
    ["preferences that leave nobody", 400, { ...request, providerOptions: { gateway: { only: ["groq"] } } }, {}],
  ])("leaves no row, and nothing is open behind it: %s", async (_, status, body, headers) => {
    const before = rows();
    for (const stream of [false, true]) {
      const sent = typeof body === "string" ? body : { ...(body as object), stream };
      const response = await gateway.post("/v1/chat/completions", sent, headers);
      expect(response.status).toBe(status);
      expect((await jsonOf(response)).error.message.length).toBeGreaterThan(5);
    }
    expect(rows()).toBe(before);
    expect(gateway.simulator.requests).toHaveLength(0);
    expect(gateway.headgate.listener.inFlight).toBe(0);
  });
});

describe.each([RELAYED, TRANSCODED])("every request to %s that was tried", (model) => {
  test.each<[string, string, object]>([
    ["whole", "[sim tokens=3]", {}],
    ["streamed", "[sim tokens=3 every=0]", { stream: true }],
    ["refused", "[sim status=503]", {}],
    ["refused as a stream", "[sim status=503]", { stream: true }],
    ["broken", "[sim tokens=9 every=1ms cut=3]", { stream: true }],
  ])("has one row, and is over: %s", async (_, content, more) => {
    const before = rows();
    const response = await ask(model, content, more);
    await response.text();
    expect(rows()).toBe(before + 1);
    expect(gateway.row(response.headers.get("x-request-id")!)!.model).toBe(model);
    expect(gateway.headgate.listener.inFlight).toBe(0);
  });
});

describe("the last byte", () => {
  /** A ledger that waits to be told to write. */
  function gate(): { asked: Promise<GenerationRow>; open: () => void } {
    const asked = Promise.withResolvers<GenerationRow>();
    const opened = Promise.withResolvers<void>();
    ledgerWrites(async (entry) => {
      asked.resolve(entry.row);
      await opened.promise;
      await write(entry);
    });
    return { asked: asked.promise, open: opened.resolve };
  }

  test.each([RELAYED, TRANSCODED])("of a stream of %s waits for the row, and no byte before it does", async (model) => {
    const { asked, open } = gate();
    const response = await ask(model, "[sim tokens=3 mark=w every=0]", { stream: true });
    const reader = response
      .body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .getReader();
    let text = "";
    while (!text.includes("w-2")) text += (await reader.read()).value;
    const row = await asked;
    expect(row).toMatchObject({ output: 3, finish: "stop" });
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain('"stop"');
    expect(gateway.row(row.id)).toBeUndefined();
    open();
    for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
    expect(dataOf(text).at(-1)).toBe("[DONE]");
    expect(gateway.row(row.id)).toBeDefined();
  });

  test("of a whole answer waits for the row, and so does the first", async () => {
    const { asked, open } = gate();
    let replied = false;
    const reply = ask(RELAYED, "[sim tokens=3]").then((response) => {
      replied = true;
      return response;
    });
    const row = await asked;
    await new Promise((resolve) => setImmediate(resolve));
    expect(replied).toBe(false);
    open();
    expect((await jsonOf(await reply)).id).toBe(row.id);
  });
});

describe("a row that cannot be written", () => {
  beforeEach(() => ledgerWrites(() => Promise.reject(new Error("disk full at /secret/path"))));

  test("withholds a whole answer: what is not recorded was not served", async () => {
    const response = await ask(RELAYED, "[sim say=Secretly.]");
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(JSON.parse(text).error).toMatchObject({ code: "ledger_unavailable" });
    expect(text).not.toContain("Secretly");
    expect(text).not.toContain("/secret/path");
  });

  test.each([RELAYED, TRANSCODED])("ends a stream of %s with an error, and without its end mark", async (model) => {
    const response = await ask(model, "[sim say=Hello. every=0]", { stream: true });
    const text = await response.text();
    expect(response.status).toBe(200);
    const chunks = chunksOf(text);
    expect(chunks.at(-1)).toMatchObject({ error: { code: "ledger_unavailable" } });
    expect(chunks.some((chunk) => chunk.usage || chunk.choices?.[0]?.finish_reason)).toBe(false);
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain("/secret/path");
  });

  test("is told instead of the failure that it would have recorded", async () => {
    for (const stream of [false, true]) {
      const response = await ask(RELAYED, "[sim status=401]", { stream });
      expect(response.status).toBe(503);
      expect((await jsonOf(response)).error.code).toBe("ledger_unavailable");
    }
  });

  test("leaves nothing open behind it, and the next request is served", async () => {
    await (await ask(RELAYED, "Hello")).text();
    expect(gateway.headgate.listener.inFlight).toBe(0);
    ledgerWrites(write);
    expect((await ask(RELAYED, "Hello")).status).toBe(200);
  });
});

describe("a defect that shows when the status is spent", () => {
  const stream = openaiChat.relay!.stream!;
  afterEach(() => {
    openaiChat.relay!.stream = stream;
    gateway.complaints.length = 0;
  });

  test("is told in band without a word of it, and complained of", async () => {
    openaiChat.relay!.stream = (ask, stamp, readings) => {
      const relay = stream(ask, stamp, readings);
      return Object.assign(relay, {
        finish() {
          throw new Error("secret of the house");
        },
      });
    };
    const text = await (await ask(RELAYED, "[sim tokens=3 every=0]", { stream: true })).text();
    expect(chunksOf(text).at(-1)).toMatchObject({ error: { code: "internal_error" } });
    expect(text).not.toContain("secret");
    expect(gateway.complaints).toEqual([new Error("secret of the house")]);
  });

  test("and so is one in the middle, behind a row that knows of it", async () => {
    openaiChat.relay!.stream = (ask, stamp, readings) => {
      const relay = stream(ask, stamp, readings);
      const push = relay.push.bind(relay);
      return Object.assign(relay, {
        push(frame: string) {
          if (readings.committed) throw new Error("secret of the house");
          return push(frame);
        },
      });
    };
    const response = await ask(RELAYED, "[sim tokens=30 every=1ms]", { stream: true });
    expect(response.status).toBe(200);
    expect(chunksOf(await response.text()).at(-1)).toMatchObject({ error: { code: "internal_error" } });
    expect(gateway.row(response.headers.get("x-request-id")!)).toMatchObject({ error: "internal_error" });
    expect(gateway.complaints).toEqual([new Error("secret of the house")]);
  });
});

test("answers of the simulator are marked, wherever they are told", async () => {
  const simulated = await startGateway({ config: { simulate: "always" } });
  for (const stream of [false, true]) {
    const body = { model: RELAYED, messages: [{ role: "user", content: "Hello" }], stream };
    const response = await simulated.post("/v1/chat/completions", body);
    expect(response.headers.get("x-headgate-simulated")).toBe("true");
    const text = await response.text();
    const [choice] = (stream ? chunksOf(text).at(-1) : JSON.parse(text)).choices;
    expect((choice.message ?? choice.delta).provider_metadata.gateway.simulated).toBe(true);
  }
  await simulated.stop();
  expect((await ask(RELAYED, "Hello")).headers.get("x-headgate-simulated")).toBeNull();
});
