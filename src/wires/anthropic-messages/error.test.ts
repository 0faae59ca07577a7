import { describe, expect, test } from "bun:test";
import { ERRORS, type ErrorCode, GatewayError } from "../../core/error.ts";
import type { JsonObject } from "../../core/json.ts";
import { errorOf } from "../fixtures/facts.ts";
import { decodeError, decodeErrorValue, encodeError, encodeErrorFrame } from "./error.ts";
import { anthropicMessages } from "./index.ts";

const said = (type: string, message = "m") =>
  JSON.stringify({ type: "error", error: { type, message }, request_id: "req_1" });

describe("a refusal, by its status", () => {
  test.each<[number, string, ErrorCode]>([
    [400, "invalid_request_error", "upstream_invalid_request"],
    [401, "authentication_error", "upstream_auth"],
    [402, "billing_error", "upstream_quota"],
    [403, "permission_error", "upstream_auth"],
    [404, "not_found_error", "upstream_model_not_found"],
    [413, "request_too_large", "upstream_too_large"],
    [429, "rate_limit_error", "upstream_rate_limited"],
    [500, "api_error", "upstream_error"],
    [504, "timeout_error", "upstream_error"],
    [529, "overloaded_error", "upstream_overloaded"],
  ])("%d %s", (status, type, code) => {
    const error = decodeError(status, new Headers(), said(type));
    expect(error).toMatchObject({ code, details: { upstream: { status, code: type } } });
  });

  test("inside a stream the type alone says the same", () => {
    const types = ["invalid_request_error", "billing_error", "rate_limit_error", "overloaded_error", "api_error"];
    expect(types.map((type) => decodeErrorValue({ type, message: "m" }).code)).toEqual([
      "upstream_invalid_request",
      "upstream_quota",
      "upstream_rate_limited",
      "upstream_overloaded",
      "upstream_error",
    ]);
  });
});

test("what the client caused keeps the provider's words; what is ours does not", () => {
  expect(decodeError(400, new Headers(), said("invalid_request_error", "messages: too many")).message).toBe(
    "messages: too many",
  );
  expect(decodeError(401, new Headers(), said("authentication_error", "invalid x-api-key")).message).not.toContain(
    "x-api-key",
  );
});

test("a prompt that is too long, and an account without credit, are known by their words", () => {
  const words = (message: string) => decodeError(400, new Headers(), said("invalid_request_error", message)).code;
  expect(words("prompt is too long: 210000 tokens > 200000 maximum")).toBe("context_length_exceeded");
  expect(words("Your credit balance is too low to access the API")).toBe("upstream_quota");
});

test("the time to wait is told", () => {
  const headers = new Headers({ "retry-after": "7" });
  expect(decodeError(429, headers, said("rate_limit_error")).details.retryAfterMs).toBe(7_000);
});

test.each([
  "",
  "<html>",
  "null",
  "[]",
  '"x"',
  '{"error":null}',
  '{"error":["x"]}',
  '{"error":{"message":1,"type":{}}}',
])("a body of %p is an error all the same", (body) => {
  expect(decodeError(529, new Headers(), body).code).toBe("upstream_overloaded");
  expect(decodeError(400, new Headers(), body).message).toBe("The provider refused the request with status 400.");
});

test.each<[unknown, ErrorCode]>([
  [undefined, "upstream_malformed"],
  [null, "upstream_malformed"],
  ["x", "upstream_malformed"],
  [[], "upstream_error"],
  [{}, "upstream_error"],
  [{ type: "made_up" }, "upstream_error"],
  [{ type: "constructor" }, "upstream_error"],
])("an error event of %p is an error all the same", (value, code) => {
  expect(decodeErrorValue(value as never)).toMatchObject({ code, details: { upstream: { status: 500 } } });
});

/** As in the types of @anthropic-ai/sdk 1.12.0. */
const KNOWN = new Set([
  "invalid_request_error",
  "authentication_error",
  "billing_error",
  "permission_error",
  "not_found_error",
  "request_too_large",
  "rate_limit_error",
  "timeout_error",
  "api_error",
  "overloaded_error",
]);

test.each(Object.keys(ERRORS) as ErrorCode[])("%s is told by a type that Anthropic's clients know", (code) => {
  const error = new GatewayError(code, "m", { param: "p" });
  const body = encodeError(error, "gen_1");
  const { type } = body.error as { type: string };
  expect(KNOWN).toContain(type);
  expect(body).toEqual({ type: "error", error: { type, message: "m", code, param: "p" }, request_id: "gen_1" });
  expect(encodeErrorFrame(error, "gen_1")).toBe(`event: error\ndata: ${JSON.stringify(body)}\n\n`);
  // What is the client's to change is never told as the gateway's failure, nor the other way round.
  const isClients = error.status < 500 || error.status === 501;
  expect(["api_error", "overloaded_error"].includes(type)).toBe(!isClients && error.status !== 504);
});

describe("a thread", () => {
  const body = { model: "acme/large", max_tokens: 9, messages: [{ role: "user", content: "Hello" }] };
  const read = (members: JsonObject) => anthropicMessages.inbound!.read({ ...body, ...members });

  test("is refused in the words that Anthropic's client goes on without one for", () => {
    for (const thread of [{ type: "new" }, { type: "continue", previous_message_id: "msg_1" }]) {
      const { error } = encodeError(
        errorOf(() => read({ thread })),
        "gen_1",
      );
      expect(error).toMatchObject({ type: "invalid_request_error", code: "unsupported", param: "thread" });
      expect(error).toHaveProperty("details.error_code", "thread_unsupported_request");
    }
  });

  test("that is none is none", () => expect(read({ thread: null }).model).toBe("acme/large"));

  test("alone has such details", () =>
    expect(
      encodeError(
        errorOf(() => read({ container: "container_1" })),
        "gen_1",
      ),
    ).not.toHaveProperty("error.details"));
});
