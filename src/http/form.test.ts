import { describe, expect, test } from "bun:test";
import type { Upload } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { encodeForm } from "../upstream/form.ts";
import { openaiImageEdits } from "../wires/openai-image-edits/index.ts";
import type { BodyLimits } from "./body.ts";
import { bodyOf } from "./form.ts";

const LIMITS: BodyLimits = { bytes: 100_000, milliseconds: 5000, depth: 16, tokens: 500 };
const TYPE = "multipart/form-data; boundary=b0undary";
const door = openaiImageEdits.inbound!;

type Read = { body: JsonObject; files: readonly Upload[] | undefined };

async function read(sent: string | FormData | Uint8Array, type: string | undefined = TYPE, limits = {}): Promise<Read> {
  const headers = type === undefined || sent instanceof FormData ? {} : { "content-type": type };
  const request = new Request("http://gateway/v1/images/edits", { method: "POST", body: sent as string, headers });
  const { body, files } = bodyOf(request, door, { ...LIMITS, ...limits });
  return { body: await body("key_1"), files };
}

async function refusal(...call: Parameters<typeof read>): Promise<GatewayError> {
  const thrown = await Promise.try(() => read(...call)).then(
    () => new Error("let through"),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

/** Parts between their boundaries, each as it stands. */
function parts(...all: string[]): string {
  return `${all.map((part) => `--b0undary\r\n${part}\r\n`).join("")}--b0undary--\r\n`;
}

const field = (name: string, value: string) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;

describe("a form", () => {
  test("as a browser writes it: fields are texts, files are as they came", async () => {
    const form = new FormData();
    const bytes = new Uint8Array([0, 13, 10, 45, 45, 255, 13, 10]);
    form.append("prompt", 'Grüße 👋\r\n"quoted"');
    form.append("image", new File([bytes], 'ein "Bild".png', { type: "image/png" }));
    const { body, files } = await read(form);
    expect(body).toEqual({ prompt: 'Grüße 👋\r\n"quoted"' });
    expect(files).toHaveLength(1);
    expect(files![0]).toMatchObject({ field: "image", name: 'ein "Bild".png', mediaType: "image/png" });
    expect([...files![0]!.bytes]).toEqual([...bytes]);
  });

  test("has lists where a name says so, though there be one", async () => {
    const { body } = await read(
      parts(field("tags[]", "a"), field("model", "m"), field("tags[]", "b"), field("x[]", "1")),
    );
    expect(body).toEqual({ tags: ["a", "b"], model: "m", x: ["1"] });
  });

  test("with a quoted boundary, a preamble, an epilogue, an empty field, and a file of no type", async () => {
    const file = "content-disposition: form-data; filename=a.bin; name=image\r\n\r\nabc";
    const sent = `preamble\r\n${parts(field("prompt", ""), file)}epilogue`;
    const { body, files } = await read(sent, 'multipart/form-data; charset=utf-8; boundary="b0undary"');
    expect(body).toEqual({ prompt: "" });
    expect(files).toMatchObject([{ field: "image", name: "a.bin", mediaType: "application/octet-stream" }]);
    expect(Buffer.from(files![0]!.bytes).toString()).toBe("abc");
  });

  test("may call a field whatever it likes", async () => {
    const { body } = await read(parts(field("__proto__", "x"), field("constructor", "y")));
    expect(Object.entries(body)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  });

  test("is written as it is read", async () => {
    const bytes = new Uint8Array([1, 2, 3, 13, 10]);
    const fields = { prompt: "Grüße\r\n--b0undary", n: 2, list: ["a", "b"], object: { a: 1 }, left: null };
    const { contentType, bytes: written } = encodeForm(fields, [
      { field: "image[]", name: 'a "b"\r\n.png', mediaType: "image/png\r\nx: y", bytes },
    ]);
    const { body, files } = await read(written, contentType);
    expect(body).toEqual({ prompt: "Grüße\r\n--b0undary", n: "2", list: ["a", "b"], object: '{"a":1}' });
    expect(files).toMatchObject([{ field: "image[]", name: 'a "b"\r\n.png', mediaType: "image/png  x: y" }]);
    expect([...files![0]!.bytes]).toEqual([...bytes]);
  });
});

test("JSON is JSON, at the same door", async () => {
  expect(await read('{"prompt":"x"}', "application/json")).toEqual({ body: { prompt: "x" }, files: undefined });
});

describe("refused", () => {
  const BROKEN = /^The form breaks off before its end\.$/;

  test.each<[string, string, string | undefined, RegExp]>([
    ["no boundary", parts(field("a", "1")), "multipart/form-data", /^The form names no boundary in its content-type/],
    ["an empty boundary", "", 'multipart/form-data; boundary=""', /names no boundary/],
    ["another boundary than is told", parts(field("a", "1")), "multipart/form-data; boundary=other", /does not begin/],
    ["nothing", "", TYPE, /^The form does not begin with its boundary\.$/],
    ["what breaks off in a head", "--b0undary\r\nContent-Disposition: form", TYPE, BROKEN],
    ["what breaks off in a field", `--b0undary\r\n${field("a", "1")}`, TYPE, BROKEN],
    ["what breaks off behind one", `--b0undary\r\n${field("a", "1")}\r\n--b0undary\r\n`, TYPE, BROKEN],
    ["a head without an end", parts(`x: ${"y".repeat(5000)}\r\n${field("a", "1")}`), TYPE, BROKEN],
    ["a field without a name", parts("Content-Disposition: form-data\r\n\r\n1"), TYPE, /has a field without a name/],
    ["what is no field", parts('Content-Disposition: attachment; name="a"\r\n\r\n1'), TYPE, /without a name/],
    ["a field twice", parts(field("a", "1"), field("a", "2")), TYPE, /names "a" twice/],
    ["a field that is a list as well", parts(field("a", "1"), field("a[]", "2")), TYPE, /names "a" twice/],
    [
      "fields without end",
      parts(...Array.from({ length: 1001 }, (_, at) => field(`f${at}`, ""))),
      TYPE,
      /more than 1000/,
    ],
  ])("is %s", async (_, sent, type, message) => {
    const error = await refusal(sent, type);
    expect(error).toMatchObject({ code: "invalid_request", status: 400 });
    expect(error.message).toMatch(message);
  });

  test("is a text that is none", async () => {
    const sent = Buffer.concat([Buffer.from("--b0undary\r\n"), Buffer.from(field("a", "")), Buffer.from([0xff])]);
    const whole = Buffer.concat([sent, Buffer.from("\r\n--b0undary--")]);
    expect((await refusal(whole)).message).toBe('"a" is not UTF-8.');
  });

  test("is more than the limit, told or not, and what is packed", async () => {
    const long = parts(field("a", "x".repeat(2000)));
    expect((await refusal(long, TYPE, { bytes: 1000 })).code).toBe("request_too_large");
    const request = new Request("http://gateway/", {
      method: "POST",
      body: parts(field("a", "1")),
      headers: { "content-type": TYPE, "content-encoding": "gzip" },
    });
    const packed = await Promise.try(() => bodyOf(request, door, LIMITS).body("key_1")).catch(
      (error: unknown) => error,
    );
    expect(packed).toMatchObject({ code: "unsupported_media_type" });
  });

  test("is a form where none is taken", async () => {
    const { takesForms: _, ...plain } = door;
    const request = new Request("http://gateway/", {
      method: "POST",
      body: parts(),
      headers: { "content-type": TYPE },
    });
    const thrown = await Promise.try(() => bodyOf(request, plain, LIMITS).body("key_1")).catch(
      (error: unknown) => error,
    );
    expect(thrown).toMatchObject({ code: "unsupported_media_type", status: 415 });
  });
});
