import { describe, expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "../../core/error.ts";
import type { JsonValue } from "../../core/json.ts";
import { decodeError, decodeErrorValue, encodeError, encodeErrorFrame } from "./error.ts";

describe("told to a client", () => {
  test("key for key, the field that was wrong included", () => {
    const error = new GatewayError("invalid_request", "Bad.", { param: "messages[0].role" });
    expect(JSON.stringify(encodeError(error, "gen_1"))).toBe(
      '{"error":{"message":"Bad.","type":"invalid_request_error","param":"messages[0].role","code":"invalid_request"},"generationId":"gen_1"}',
    );
  });
  test("without a field there is none, and nothing of the provider's body shows", () => {
    const error = new GatewayError("upstream_error", "Failed.", { upstream: { status: 500, body: "secret" } });
    expect(encodeError(error, "gen_1")).toEqual({
      error: { message: "Failed.", type: "internal_server_error", code: "upstream_error" },
      generationId: "gen_1",
    });
  });
  test("in band it is one data line", () => {
    const frame = encodeErrorFrame(new GatewayError("upstream_error", "a\n\nb"), "gen_1");
    expect(frame).toMatch(/^data: [^\n]+\n\n$/);
    expect(JSON.parse(frame.slice(6)).error.message).toBe("a\n\nb");
  });
});

describe("a provider's refusal, in every body that was seen", () => {
  test.each<[string, number, JsonValue | string, ErrorCode, string]>([
    [
      "OpenAI",
      400,
      { error: { message: "Bad", type: "invalid_request_error", param: "x", code: null } },
      "upstream_invalid_request",
      "Bad",
    ],
    ["xAI", 400, { code: "Client error", error: "Bad" }, "upstream_invalid_request", "Bad"],
    ["Perplexity", 400, { error: { message: "Bad", type: "bad", code: 400 } }, "upstream_invalid_request", "Bad"],
    ["Mistral", 422, { object: "error", message: "Bad", type: "invalid" }, "upstream_unprocessable", "Bad"],
    ["FastAPI", 400, { detail: "Bad" }, "upstream_invalid_request", "Bad"],
    [
      "FastAPI, a list",
      422,
      { detail: [{ loc: ["body", "messages", 0, "role"], msg: "field required", type: "missing" }, { msg: "Bad" }, 7] },
      "upstream_unprocessable",
      "body.messages.0.role: field required; Bad",
    ],
    [
      "FastAPI, an empty list",
      400,
      { detail: [] },
      "upstream_invalid_request",
      "The provider refused the request with status 400.",
    ],
    ["FastAPI beside an error", 400, { error: {}, detail: "Bad" }, "upstream_invalid_request", "Bad"],
    [
      "Gemini",
      400,
      [{ error: { code: 400, message: "Bad", status: "INVALID_ARGUMENT" } }],
      "upstream_invalid_request",
      "Bad",
    ],
    ["HTML", 400, "<html>Bad</html>", "upstream_invalid_request", "The provider refused the request with status 400."],
    ["nothing", 400, "", "upstream_invalid_request", "The provider refused the request with status 400."],
  ])("%s", (_, status, body, code, message) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    expect(decodeError(status, new Headers(), text)).toMatchObject({ code, message });
  });

  test("names the field where it is the client's to mend, and the vendor's own code", () => {
    const body = JSON.stringify({ error: { message: "m", param: "tools", code: "bad_tool" } });
    expect(decodeError(400, new Headers(), body).details).toMatchObject({
      param: "tools",
      upstream: { code: "bad_tool" },
    });
    expect(decodeError(500, new Headers(), body).details.param).toBeUndefined();
  });

  test.each<[JsonValue, ErrorCode]>([
    [{ code: "context_length_exceeded", message: "m" }, "context_length_exceeded"],
    [{ message: "This model's maximum context length is 8192 tokens" }, "context_length_exceeded"],
    [{ code: "insufficient_quota", message: "m" }, "upstream_quota"],
    [{ type: "invalid_request_error", message: "m" }, "upstream_invalid_request"],
  ])("a 400 of %p", (error, code) => {
    expect(decodeError(400, new Headers(), JSON.stringify({ error })).code).toBe(code);
  });
});

describe("an error inside a 200", () => {
  test.each<[JsonValue, ErrorCode]>([
    [{ code: 429 }, "upstream_rate_limited"],
    [{ code: 502, message: "m" }, "upstream_error"],
    [{ code: 200 }, "upstream_error"],
    [{ code: 700 }, "upstream_error"],
    [{ type: "rate_limit_exceeded" }, "upstream_rate_limited"],
    [{ type: "overloaded_error" }, "upstream_overloaded"],
    [{ code: "service_unavailable" }, "upstream_overloaded"],
    [{ type: "invalid_request_error", message: "m" }, "upstream_invalid_request"],
    [{ code: "tool_use_failed", message: "m" }, "upstream_invalid_request"],
    [{ code: "insufficient_quota" }, "upstream_quota"],
    [{}, "upstream_error"],
    [[], "upstream_error"],
    [7, "upstream_malformed"],
    [false, "upstream_malformed"],
  ])("%p", (value, code) => expect(decodeErrorValue(value).code).toBe(code));

  test("that is text is an error of the provider's", () => {
    expect(decodeErrorValue("CUDA out of memory").code).toBe("upstream_error");
  });
});
