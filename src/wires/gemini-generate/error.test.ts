import { describe, expect, test } from "bun:test";
import { decodeError, decodeErrorValue } from "./error.ts";

const refused = (status: number, error: object) => decodeError(status, new Headers(), JSON.stringify({ error }));

describe("a refusal", () => {
  test.each([
    [400, "INVALID_ARGUMENT", "Please use a valid role: user, model.", "upstream_invalid_request"],
    [
      400,
      "INVALID_ARGUMENT",
      "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).",
      "context_length_exceeded",
    ],
    [401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", "upstream_auth"],
    [403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.", "upstream_auth"],
    [404, "NOT_FOUND", "models/nobody is not found for API version v1beta", "upstream_model_not_found"],
    [429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", "upstream_rate_limited"],
    [500, "INTERNAL", "An internal error has occurred.", "upstream_error"],
    [503, "UNAVAILABLE", "The model is overloaded.", "upstream_overloaded"],
  ] as const)("%d %s: %s", (status, name, message, code) => {
    const error = refused(status, { code: status, message, status: name });
    expect(error.code).toBe(code);
    expect(error.details.upstream).toMatchObject({ status, code: name });
  });

  test("a wrong key is a 400, and not the client's fault", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }];
    const error = refused(400, { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT", details });
    expect(error.code).toBe("upstream_auth");
    expect(error.details.upstream!.status).toBe(400);
  });

  test("says how long to wait", () => {
    const at = (retryDelay: unknown) =>
      refused(429, { code: 429, message: "m", details: [{ "@type": "x" }, { retryDelay }] }).details.retryAfterMs;
    expect(at("48.939935699s")).toBe(48_940);
    expect(at("0s")).toBe(0);
    for (const nonsense of ["soon", "-1s", "1e9s", "9999999999s", 7, null]) expect(at(nonsense)).toBeUndefined();
  });

  test("in a list, or of no JSON at all", () => {
    const listed = decodeError(
      400,
      new Headers(),
      '[{"error":{"code":400,"message":"Bad.","status":"INVALID_ARGUMENT"}}]',
    );
    expect([listed.code, listed.message]).toEqual(["upstream_invalid_request", "Bad."]);
    expect(decodeError(502, new Headers(), "<html>").code).toBe("upstream_malformed");
  });
});

test("inside a 200 the code of the error is its status", () => {
  expect(decodeErrorValue({ code: 503, message: "m", status: "UNAVAILABLE" }).code).toBe("upstream_overloaded");
  for (const odd of [{}, { code: "x" }, { code: 200 }]) expect(decodeErrorValue(odd).code).toBe("upstream_error");
  for (const odd of [undefined, null, 7]) expect(decodeErrorValue(odd).code).toBe("upstream_malformed");
});
