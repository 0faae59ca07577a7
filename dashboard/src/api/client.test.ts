import { afterEach, describe, expect, test } from "bun:test";
import { ApiError, ask, search } from "./client.ts";

const own = globalThis.fetch;
const sent: (readonly [string, RequestInit])[] = [];

/** @param reply what the gateway answers, each time anew */
function answered(reply: () => Response | Promise<Response>): void {
  sent.length = 0;
  globalThis.fetch = ((path: string, init: RequestInit) => {
    sent.push([path, init]);
    return Promise.resolve().then(reply);
  }) as typeof fetch;
}
afterEach(() => {
  globalThis.fetch = own;
});

async function refusal(asked: Promise<unknown>): Promise<ApiError> {
  const thrown = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ApiError)) throw new Error(`no refusal: ${String(thrown)}`);
  return thrown;
}

describe("what is asked of the gateway", () => {
  test("goes below /admin with the cookie of this page, and follows nobody elsewhere", async () => {
    answered(() => Response.json({ data: [1] }));
    expect(await ask<unknown>("/keys")).toEqual({ data: [1] });
    const [path, init] = sent[0]!;
    expect(path).toBe("/admin/keys");
    expect(init).toMatchObject({ method: "GET", credentials: "same-origin", redirect: "error" });
    expect([init.body, init.headers]).toEqual([undefined, undefined]);
  });
  test("has a body as JSON, false and null too", async () => {
    answered(() => Response.json({}));
    for (const body of [{ name: "Zoë" }, false, null]) await ask("/keys", { method: "POST", body });
    expect(sent.map(([, { body }]) => body)).toEqual(['{"name":"Zoë"}', "false", "null"]);
    expect(sent[1]![1].headers).toEqual({ "content-type": "application/json" });
  });
});

describe("a refusal", () => {
  test("is told in the gateway's words, with its code, its field and all of its body", async () => {
    const body = { error: { message: "Say a name.", code: "invalid_request", param: "name", type: "bad" }, more: 1 };
    answered(() => Response.json(body, { status: 400 }));
    const thrown = await refusal(ask("/keys"));
    expect(thrown).toMatchObject({ status: 400, code: "invalid_request", param: "name", message: "Say a name." });
    expect(thrown.told).toEqual(body);
  });
  test("without a code goes by its type", async () => {
    answered(() => Response.json({ error: { message: "No.", type: "server_error" } }, { status: 500 }));
    expect(await refusal(ask("/keys"))).toMatchObject({ code: "server_error", param: undefined });
  });
  test.each([
    ["a proxy's page", () => new Response("<h1>Bad Gateway</h1>", { status: 502 })],
    ["nothing", () => new Response(null, { status: 502 })],
    ["JSON of another kind", () => Response.json({ message: "no" }, { status: 502 })],
  ])("that is %s is told by its number", async (_, reply) => {
    answered(reply);
    expect(await refusal(ask("/keys"))).toMatchObject({
      status: 502,
      code: "unknown",
      message: "The gateway answered 502.",
    });
  });
});

describe("where nobody answers", () => {
  test("that is said, with what to look for", async () => {
    answered(() => Promise.reject(new TypeError("failed to fetch")));
    expect(await refusal(ask("/keys"))).toMatchObject({
      status: 0,
      code: "unreachable",
      message: "The gateway does not answer. Is it running?",
    });
  });
  test("to the end, half an answer is none", async () => {
    answered(() => new Response('{"data": ['));
    expect(await refusal(ask("/keys"))).toMatchObject({
      code: "unreachable",
      message: "The gateway's answer broke off.",
    });
  });
  test("since nobody waits any more, it is no refusal", async () => {
    const signal = AbortSignal.abort();
    const replies = [() => Promise.reject<Response>(new Error("aborted")), () => new Response("{")];
    for (const reply of replies) {
      answered(reply);
      const thrown: unknown = await ask("/keys", { signal }).catch((error: unknown) => error);
      expect([thrown instanceof Error, thrown instanceof ApiError]).toEqual([true, false]);
    }
  });
});

describe("what stands behind a question mark", () => {
  test("leaves out what is absent or empty, but neither zero nor no", () => {
    expect(search({ a: undefined, b: null, c: "", d: 0, e: false })).toBe("?d=0&e=false");
    expect([search({}), search({ a: "", tags: [] })]).toEqual(["", ""]);
  });
  test("tells each of a list, and keeps what means something there", () => {
    expect(search({ tag: ["a&b", "", "ü=?"], q: "a b+c" })).toBe("?tag=a%26b&tag=&tag=%C3%BC%3D%3F&q=a+b%2Bc");
  });
});
