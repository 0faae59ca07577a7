import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { type BodyLimits, readJson } from "./body.ts";

const LIMITS: BodyLimits = { bytes: 10_000, milliseconds: 5000, depth: 16, tokens: 500 };
type Body = ConstructorParameters<typeof Request>[1] extends infer I
  ? NonNullable<I>["body" & keyof NonNullable<I>]
  : never;

function requestOf(body: Body, headers: Record<string, string> = {}): Request {
  return new Request("http://gateway/v1/x", {
    method: "POST",
    body: body as string,
    headers: { "content-type": "application/json", ...headers },
  });
}

const read = (body: Body, headers?: Record<string, string>, limits: Partial<BodyLimits> = {}): Promise<JsonObject> =>
  readJson(requestOf(body, headers), { ...LIMITS, ...limits });

async function refusal(...call: Parameters<typeof read>): Promise<GatewayError> {
  const thrown = await Promise.try(() => read(...call)).then(
    () => new Error("let through"),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

/** Chunks as a client sends them when it does not say how many there will be. */
function chunks(...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
      controller.close();
    },
  });
}

describe("a body", () => {
  test("is one JSON object, whatever space is around it", async () => {
    expect(await read('{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
    expect(await read(' \r\n\t{"a":1}\n ')).toEqual({ a: 1 });
    expect(await read("{}")).toEqual({});
  });

  test("may come in pieces, cut anywhere", async () => {
    const bytes = new TextEncoder().encode('{"k":"häßlich 🙂"}');
    expect(await read(chunks(...Array.from(bytes, (byte) => new Uint8Array([byte]))))).toEqual({ k: "häßlich 🙂" });
    expect(await read(chunks('{"a"', ":1}"))).toEqual({ a: 1 });
    // A large one, with its length told beforehand and without.
    const text = "ß".repeat(200_000);
    const large = Buffer.from(JSON.stringify({ text }));
    const cut = () => chunks(large.subarray(0, 100_001), large.subarray(100_001, 300_000), large.subarray(300_000));
    for (const headers of [{ "content-length": `${large.length}` }, {}])
      expect(await read(cut(), headers, { bytes: large.length })).toEqual({ text });
  });

  test("with its length told, or not, is the same", async () => {
    const text = '{"a":"ü"}';
    expect(await read(text, { "content-length": String(Buffer.byteLength(text)) })).toEqual({ a: "ü" });
  });
});

describe("a content type", () => {
  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "APPLICATION/JSON",
    "application/vnd.api+json",
  ])("%s is JSON", async (type) => expect(await read("{}", { "content-type": type })).toEqual({}));

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "application/json, text/plain",
    "x",
  ])("%s is not", async (type) => {
    const error = await refusal("{}", { "content-type": type });
    expect(error).toMatchObject({ code: "unsupported_media_type", status: 415 });
    expect(error.message).toContain('Send "content-type: application/json"');
    expect(error.message).toContain(type.slice(0, 20));
  });

  test("that is missing is no matter", async () => {
    const request = new Request("http://x/", { method: "POST", body: new TextEncoder().encode("{}") });
    expect(request.headers.has("content-type")).toBe(false);
    expect(await readJson(request, LIMITS)).toEqual({});
  });

  test("that was good once does not make the next one good", async () => {
    await read("{}");
    await refusal("{}", { "content-type": "text/html" });
    await read("{}");
    await refusal("{}", { "content-type": "text/html" });
  });

  test("of a kilobyte is not all said back", async () => {
    const { message } = await refusal("{}", { "content-type": "x".repeat(2000) });
    expect(message.length).toBeLessThan(200);
  });

  test.each(["gzip", "br", "deflate", "gzip, gzip", "x"])("with content-encoding %s is refused", async (encoding) => {
    const error = await refusal("{}", { "content-encoding": encoding });
    expect(error).toMatchObject({ status: 415, message: "Send the body without content-encoding." });
  });

  test("with content-encoding identity is what it says", async () => {
    expect(await read("{}", { "content-encoding": "identity" })).toEqual({});
  });
});

describe("what is not JSON is refused, with what is wrong", () => {
  test.each([
    ["nothing", "", /empty/],
    ["only space", "  \n", /not JSON/],
    ["cut off", '{"a":1', /not JSON/],
    ["cut in a string", '{"a":"b', /not JSON/],
    ["cut in an escape", '{"a":"\\u12', /not JSON/],
    ["followed by more", '{"a":1}{"a":1}', /not JSON/],
    ["followed by a letter", '{"a":1}x', /not JSON/],
    ["followed by NUL", '{"a":1}\0', /not JSON/],
    ["NaN", '{"a":NaN}', /not JSON/],
    ["Infinity", '{"a":-Infinity}', /not JSON/],
    ["hexadecimal", '{"a":0x10}', /not JSON/],
    ["a leading zero", '{"a":01}', /not JSON/],
    ["a leading plus", '{"a":+1}', /not JSON/],
    ["a bare point", '{"a":1.}', /not JSON/],
    ["single quotes", "{'a':1}", /not JSON/],
    ["a bare name", "{a:1}", /not JSON/],
    ["a trailing comma", '{"a":1,}', /not JSON/],
    ["a comment", '{"a":1/* */}', /not JSON/],
    ["a line end in a string", '{"a":"\n"}', /not JSON/],
    ["a control character in a string", '{"a":"\u0001"}', /not JSON/],
    ["an unknown escape", '{"a":"\\x41"}', /not JSON/],
    ["brackets that cross", '{"a":[}]', /not JSON/],
    ["form data", "a=1&b=2", /not JSON/],
    ["an array", "[1]", /must be one JSON object/],
    ["a string", '"x"', /must be one JSON object/],
    ["null", "null", /must be one JSON object/],
    ["a number", "7", /must be one JSON object/],
    ["a byte order mark", "\uFEFF{}", /byte order mark/],
  ])("%s", async (_, text, message) => {
    const error = await refusal(text);
    expect(error).toMatchObject({ code: "invalid_json", status: 400, type: "invalid_request_error" });
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(300);
  });

  test.each([
    ["a lone continuation", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an encoded surrogate", [0xed, 0xa0, 0x80]],
    ["beyond the last code point", [0xf4, 0x90, 0x80, 0x80]],
    ["a cut character", [0xf0, 0x9f, 0x99]],
    ["Latin-1", [0xe4]],
    ["0xff", [0xff, 0xfe]],
  ])("not UTF-8: %s", async (_, inside) => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(inside), Buffer.from('"}')]);
    expect(await refusal(bytes)).toMatchObject({ code: "invalid_json", message: "The body is not UTF-8." });
  });

  test.each(["utf16le", "ucs2"] as const)("not UTF-8: %s", async (encoding) => {
    expect((await refusal(Buffer.from('{"a":1}', encoding))).code).toBe("invalid_json");
  });
});

describe("a member that is named twice is refused by its path", () => {
  test.each([
    ['{"model":"a","model":"b"}', "model"],
    ['{"a":{"b":[{"c":1,"c":1}]}}', "a.b[0].c"],
    ['{"a":1,"\\u0061":2}', "a"],
    ['{"__proto__":{},"__proto__":{}}', "__proto__"],
    ['{"seed":12345678901234567890,"seed":1}', "seed"],
    [`{"a":"${"x".repeat(5000)}","b":1,"b":2}`, "b"],
  ])("%#: %.40s", async (text, param) => {
    const error = await refusal(text);
    expect(error).toMatchObject({ code: "invalid_json", details: { param } });
    expect(error.message).toBe(`The body names ${JSON.stringify(param)} twice; name it once.`);
  });

  test("names of the object prototype are names like any other", async () => {
    const body = await read('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}');
    expect(Object.keys(body)).toEqual(["__proto__", "constructor", "toString"]);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("half of a surrogate pair is refused by its path", () => {
  test.each([
    ['{"a":"\\ud83d"}', "a"],
    ['{"a":"\\uDE42 x"}', "a"],
    ['{"a":"\\ude42\\ud83d"}', "a"],
    ['{"m":[{"c":"ok"},{"c":["\\ud83d\\ud83d\\ude42"]}]}', "m[1].c[0]"],
    ['{"m":{"\\ud83d":1}}', "m.\ud83d"],
  ])("%s", async (text, param) => {
    const error = await refusal(text);
    expect(error).toMatchObject({ code: "invalid_json", details: { param } });
    expect(error.message).toEndWith("holds half of a surrogate pair; send whole characters.");
  });

  test.each(['{"a":"\\ud83d\\ude42"}', '{"a":"\\\\ud83d"}', '{"a":"🙂 \\uD83D\\uDE42"}', '{"a":"\\u00e4"}'])(
    "but not a whole one: %s",
    async (text) => expect(await read(text)).toEqual(JSON.parse(text)),
  );
});

describe("a number that a double cannot hold is passed on as it was spelled", () => {
  test.each(["12345678901234567890", "-9007199254740993", "1e400", "-1E+309", "100000000000000000000000"])(
    "%s",
    async (number) => {
      expect(JSON.stringify(await read(`{"n":${number},"l":[${number}]}`))).toBe(`{"n":${number},"l":[${number}]}`);
    },
  );

  test("and an ordinary one is a number, however it is spelled", async () => {
    // C's `%.17g` of 0.7, BigDecimal's one, an exponent.
    const text =
      '{"n":1.5,"m":-0,"k":12345,"t":0.69999999999999996,"o":1.00000000000000000000,"e":1e-7,"f":2E+5,"s":9007199254740991}';
    expect(await read(text)).toEqual(JSON.parse(text));
  });

  test("whatever JSON it is, nothing is lost", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), async (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(await read(text, {}, { bytes: 1e7, tokens: 1e6 }))).toBe(
          JSON.stringify(JSON.parse(text)),
        );
      }),
    );
  });
});

describe("too much", () => {
  test("by the length that was told: refused before anything is read", async () => {
    let pulled = false;
    const body = new ReadableStream(
      {
        pull() {
          pulled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const error = await refusal(body, { "content-length": "10001" });
    expect(error).toMatchObject({ code: "request_too_large", status: 413 });
    expect(error.message).toBe("The body is larger than 10000 bytes.");
    expect(pulled).toBe(false);
  });

  test("by the bytes that came: refused at the limit, and the rest is not asked for", async () => {
    let given = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          given += 1000;
          controller.enqueue(new Uint8Array(1000).fill(0x20));
        },
      },
      { highWaterMark: 0 },
    );
    expect(await refusal(body)).toMatchObject({ code: "request_too_large" });
    expect(given).toBeGreaterThan(10_000);
    expect(given).toBeLessThanOrEqual(12_000);
  });

  test("just enough is enough", async () => {
    const text = `{"a":"${"x".repeat(LIMITS.bytes - 8)}"}`;
    expect(Buffer.byteLength(text)).toBe(LIMITS.bytes);
    await read(text);
    await read(chunks(text));
    expect((await refusal(chunks(`${text} `))).code).toBe("request_too_large");
    expect((await refusal(`${text} `, { "content-length": "10001" })).code).toBe("request_too_large");
  });

  test.each([
    ["nesting", "[".repeat(2000)],
    ["values", `{"a":[${"0,".repeat(501)}0]}`],
    ["names", JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 1])))],
    ["objects", `{"a":[${"{},".repeat(300)}{}]}`],
  ])("%s", async (_, text) => expect(await refusal(text)).toMatchObject({ code: "request_too_large", status: 413 }));
});

describe("a body that does not come", () => {
  test("in time is given up", async () => {
    const error = await refusal(new ReadableStream({ start() {} }), {}, { milliseconds: 20 });
    expect(error).toMatchObject({ code: "request_timeout", status: 408 });
    expect(error.message).toBe("The body did not arrive within 20 ms.");
  });

  test("to its end is given up", async () => {
    const cause = new Error("connection reset");
    const broken = new ReadableStream({ start: (controller) => controller.error(cause) });
    expect(await refusal(broken)).toMatchObject({ code: "invalid_json", details: { cause } });
  });

  test("at all is empty", async () => {
    expect((await refusal(undefined)).message).toBe("The body is empty; send one JSON object.");
  });

  test("though it was promised takes no room", async () => {
    const promised = 40_000_000;
    const kept = () => {
      Bun.gc(true);
      return process.memoryUsage().external;
    };
    const before = kept();
    const begun = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("{")) });
    const late = refusal(begun, { "content-length": `${promised}` }, { bytes: promised, milliseconds: 200 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept() - before).toBeLessThan(promised / 4);
    expect((await late).code).toBe("request_timeout");
  });
});
