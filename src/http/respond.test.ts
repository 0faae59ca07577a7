import { describe, expect, test } from "bun:test";
import { ERRORS, type ErrorCode, GatewayError } from "../core/error.ts";
import { json, preflight, refusal, respond } from "./respond.ts";

const ID = "gen_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const OTHER = "gen_01ARZ3NDEKTSV4RRFFQ69G5FAW";

describe("every reply", () => {
  test("carries its id twice, may not be kept, and may be read from any page", async () => {
    const reply = respond(ID, "text/event-stream", "data: 1\n\n");
    expect(Object.fromEntries(reply.headers)).toEqual({
      "content-type": "text/event-stream",
      "x-request-id": ID,
      "request-id": ID,
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "*",
      // Without it nginx keeps a stream until it is over.
      "x-accel-buffering": "no",
    });
    expect([reply.status, await reply.text()]).toEqual([200, "data: 1\n\n"]);
    expect(respond(ID, "application/json", "{}").headers.has("x-accel-buffering")).toBe(false);
  });

  test("keeps its own fields when another is made", () => {
    const one = respond(ID, "application/json", "1", { more: { "retry-after": "1" } });
    const two = respond(OTHER, "text/event-stream", "2", { status: 503 });
    expect(one.headers.get("x-request-id")).toBe(ID);
    expect(one.headers.get("content-type")).toBe("application/json");
    expect(two.headers.get("x-request-id")).toBe(OTHER);
    expect(two.headers.get("retry-after")).toBeNull();
    expect(two.status).toBe(503);
  });
});

test("JSON leaves out what is undefined", async () => {
  const reply = json(ID, { a: 1, b: undefined, c: null }, 201);
  expect([reply.status, reply.headers.get("content-type"), await reply.text()]).toEqual([
    201,
    "application/json",
    '{"a":1,"c":null}',
  ]);
});

describe("a refusal", () => {
  const refused = (code: ErrorCode, details = {}, also?: Record<string, string>) =>
    refusal(ID, new GatewayError(code, "no", details), { error: { code } }, also);

  test.each(Object.keys(ERRORS) as ErrorCode[])("%s has the status of the table", async (code) => {
    const reply = refused(code);
    expect(reply.status).toBe(ERRORS[code].status);
    expect(await reply.json()).toEqual({ error: { code } });
    expect(reply.headers.get("x-request-id")).toBe(ID);
    // Both official SDKs ask again after these, unless they are told not to.
    const isTold = reply.headers.get("x-should-retry") === "false";
    expect(isTold).toBe(!new GatewayError(code, "").again);
    expect(reply.headers.get("www-authenticate")).toBe(reply.status === 401 ? "Bearer" : null);
    expect(reply.headers.has("retry-after")).toBe(reply.status === 503);
  });

  test.each([
    [1, "1"],
    [1000, "1"],
    [1001, "2"],
    [90_000, "90"],
    [0, "1"],
  ])("to come back in %p ms says so in whole seconds", (retryAfterMs, seconds) => {
    expect(refused("upstream_rate_limited", { retryAfterMs }).headers.get("retry-after")).toBe(seconds);
  });

  test("that nobody told when to come back says some seconds where one may, and nothing where not", () => {
    expect(Number(refused("shutting_down").headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused("upstream_rate_limited").headers.has("retry-after")).toBe(false);
    expect(refused("invalid_request").headers.has("retry-after")).toBe(false);
  });

  test("carries further fields", () => {
    expect(refused("method_not_allowed", {}, { allow: "POST" }).headers.get("allow")).toBe("POST");
  });
});

test("a browser is let in, with the fields that the clients of the hosted service send", async () => {
  const reply = preflight(ID);
  expect([reply.status, await reply.text()]).toEqual([204, ""]);
  expect(reply.headers.get("x-request-id")).toBe(ID);
  expect(reply.headers.get("access-control-allow-origin")).toBe("*");
  expect(reply.headers.get("access-control-allow-methods")).toBe("GET, POST, PUT, PATCH, DELETE, OPTIONS");
  expect(reply.headers.has("access-control-allow-credentials")).toBe(false);
  const allowed = reply.headers.get("access-control-allow-headers")!.toLowerCase().split(", ");
  // Contract 2.4, and what the official SDKs add in a browser.
  const wanted =
    "content-type authorization ai-gateway-auth-method ai-gateway-protocol-version ai-model-id ai-language-model-id " +
    "ai-language-model-specification-version ai-image-model-specification-version ai-embedding-model-specification-version " +
    "ai-language-model-streaming ai-reporting-tags ai-reporting-user http-referer x-title anthropic-beta " +
    "x-vercel-ai-gateway-team x-stainless-lang x-stainless-retry-count x-stainless-timeout x-api-key " +
    "x-stainless-helper-method anthropic-version *";
  for (const name of wanted.split(" ")) expect(allowed).toContain(name);
});
