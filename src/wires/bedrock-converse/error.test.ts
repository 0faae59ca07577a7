import { describe, expect, test } from "bun:test";
import { decodeError } from "./error.ts";

const refused = (status: number, type: string | undefined, body: object | string) =>
  decodeError(
    status,
    new Headers(type === undefined ? {} : { "x-amzn-errortype": type }),
    typeof body === "string" ? body : JSON.stringify(body),
  );

describe("a refusal is told by the exception's name", () => {
  test.each([
    [400, "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/", "upstream_invalid_request"],
    [403, "ExpiredTokenException:http://internal.amazon.com/coral/com.amazon.coral.service/", "upstream_auth"],
    [403, "AccessDeniedException", "upstream_auth"],
    [400, "IncompleteSignatureException", "upstream_auth"],
    [404, "ResourceNotFoundException", "upstream_model_not_found"],
    [429, "ThrottlingException", "upstream_rate_limited"],
    [400, "ThrottlingException", "upstream_rate_limited"],
    [400, "ServiceQuotaExceededException", "upstream_rate_limited"],
    [429, "ModelNotReadyException", "upstream_rate_limited"],
    // No fault of the request: another endpoint may do better.
    [424, "ModelErrorException", "upstream_error"],
    [408, "ModelTimeoutException", "upstream_error"],
    [500, "InternalServerException", "upstream_error"],
    [503, "ServiceUnavailableException", "upstream_overloaded"],
  ])("%i %s is %s", (status, type, code) => {
    const error = refused(status, type, { message: "No." });
    expect(error.code).toBe(code as typeof error.code);
    // The record has the status as it came.
    expect(error.details.upstream).toMatchObject({ status, code: type.split(":")[0]!, body: '{"message":"No."}' });
  });

  test.each([
    [400, "upstream_invalid_request"],
    [403, "upstream_auth"],
    [408, "upstream_error"],
    [424, "upstream_error"],
    [429, "upstream_rate_limited"],
    [503, "upstream_overloaded"],
  ])("or by its status alone: %i is %s", (status, code) => {
    expect<string>(refused(status, undefined, { message: "No." }).code).toBe(code);
  });

  test("that stands in the body, as other doors of AWS have it", () => {
    const body = { __type: "com.amazon.coral.service#UnrecognizedClientException", Message: "The token is invalid." };
    expect(refused(400, undefined, body)).toMatchObject({
      code: "upstream_auth",
      details: { upstream: { status: 400, code: "UnrecognizedClientException" } },
    });
  });
});

test.each([
  "Input is too long for requested model.",
  "The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
  "prompt is too long: 200002 tokens > 200000 maximum",
  "Too many input tokens. Max input tokens: 8192, request input token count: 9000",
])("too long in the words of each maker: %s", (message) => {
  const error = refused(400, "ValidationException", { message });
  expect(error).toMatchObject({ code: "context_length_exceeded", message });
  expect(error.details.upstream?.code).toBe("ValidationException");
});

test.each([
  "The provided model identifier is invalid.",
  "Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
])("a complaint about our name for the model lets others try: %s", (message) => {
  expect(refused(400, "ValidationException", { message })).toMatchObject({
    code: "upstream_model_not_found",
    retry: "next",
    details: { upstream: { status: 400 } },
  });
});

test.each([
  "1 validation error detected: Value 'model identifier is invalid' at 'inferenceConfig.stopSequences' failed to satisfy constraint",
  "The model returned the following errors: model ID or ARN: Extra inputs are not permitted",
])("words of the client's that are repeated to it are its own: %s", (message) => {
  expect(refused(400, "ValidationException", { message })).toMatchObject({
    code: "upstream_invalid_request",
    retry: "never",
  });
});

test("a secret in the message goes no further", () => {
  const error = refused(403, "AccessDeniedException", { message: "Key ABSKQmVkcm9ja0FQSUtleS1hYmNk is not allowed" });
  expect(error.message).toBe("The provider refused the gateway's credential.");
});
