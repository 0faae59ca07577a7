import { describe, expect, test } from "bun:test";
import { ERRORS, type ErrorCode, GatewayError } from "./error.ts";

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe.each(CODES)("%s", (code) => {
  const { status, type, retry, means } = ERRORS[code];

  test("has a status that says failure, a type, what to do next, and one line for the reference", () => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(type).toMatch(/^[a-z_]+$/);
    expect(["never", "next", "same", "once", "unsealed"]).toContain(retry);
    expect(means).toMatch(/^[A-Z].*\.$/s);
  });

  test("an error of it says the same", () => {
    const error = new GatewayError(code, "text");
    expect(error).toMatchObject({ code, status, type, retry, message: "text", name: "GatewayError", details: {} });
  });
});

test("codes are snake_case", () => {
  for (const code of CODES) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
});

test("what the client caused is never tried elsewhere", () => {
  for (const code of CODES) {
    const { status, retry } = ERRORS[code];
    // 404 and 429 of a provider are about the provider: somebody else may know the model, or have room. So are seals: who minted them can read them.
    const aboutProvider = [
      "upstream_model_not_found",
      "upstream_rate_limited",
      "upstream_seal_refused",
      "upstream_own_limit",
    ].includes(code);
    if (status < 500 && !aboutProvider) expect({ code, retry }).toEqual({ code, retry: "never" });
  }
});

test("only what a provider did leads to another leg", () => {
  for (const code of CODES) {
    if (ERRORS[code].retry !== "never") expect(code).toStartWith("upstream_");
  }
});

test("nothing that may have been billed is tried without end", () => {
  for (const code of [
    "upstream_error",
    "upstream_reset",
    "upstream_timeout",
    "upstream_malformed",
    "upstream_truncated",
  ]) {
    expect(ERRORS[code as ErrorCode].retry).toBe("once");
  }
});

test("a provider's refusal of our credential is never the client's 401", () => {
  expect(ERRORS.upstream_auth.status).toBe(502);
  expect(CODES.filter((code) => ERRORS[code].status === 401)).toEqual([
    "invalid_token",
    "invalid_api_key",
    "sign_in_refused",
    "signed_out",
  ]);
});

test("a type stands for statuses of one class only where clients map it to one", () => {
  for (const code of CODES) {
    const { status, type } = ERRORS[code];
    if (type === "internal_server_error") expect(status).toBeGreaterThanOrEqual(500);
    if (type === "rate_limit_exceeded") expect(status).toBe(429);
    if (type === "authentication_error") expect(status).toBe(401);
    if (type === "not_found" || type === "model_not_found") expect(status).toBe(404);
  }
});

describe("from", () => {
  test("one of ours stays the very same", () => {
    const error = new GatewayError("upstream_reset", "gone", { retryAfterMs: 5 });
    expect(GatewayError.from(error)).toBe(error);
  });

  test("a stranger becomes internal_error with a fixed text", () => {
    for (const thrown of [new TypeError("no sk-secret here"), "a string", undefined, null, 7, { message: "x" }]) {
      const error = GatewayError.from(thrown);
      expect(error.code).toBe("internal_error");
      expect(error.message).toBe("The gateway failed on this request.");
      expect(error.retry).toBe("never");
    }
  });

  test("the stranger is kept as the cause", () => {
    const thrown = new Error("defect");
    const error = GatewayError.from(thrown);
    expect(error.cause).toBe(thrown);
    expect(error.details.cause).toBe(thrown);
  });
});

test("details are carried as they are", () => {
  const details = { param: "messages[0]", retryAfterMs: 1500, upstream: { status: 429, code: "slow", body: "b" } };
  expect(new GatewayError("upstream_rate_limited", "wait", details).details).toEqual(details);
});

test("a message or path that repeats megabytes is shortened, between characters", () => {
  const param = `messages.${"🙂".repeat(1000)}`;
  const error = new GatewayError("invalid_request", `${JSON.stringify(param)} ${"x".repeat(10_000)}`, { param });
  expect(error.message.length).toBeLessThanOrEqual(4000);
  expect(error.message).toEndWith("…");
  expect(error.details.param!.length).toBeLessThanOrEqual(400);
  expect(error.details.param!.isWellFormed()).toBe(true);
  const short = { param: "model" };
  expect(new GatewayError("invalid_request", "no", short)).toMatchObject({ message: "no", details: short });
});
