import { describe, expect, test } from "bun:test";
import { ERRORS, type ErrorCode } from "../core/error.ts";
import { refusal, retryAfterMs } from "./refusal.ts";

describe("what it means, by its status", () => {
  test.each<[number, ErrorCode]>([
    [400, "upstream_invalid_request"],
    [401, "upstream_auth"],
    [402, "upstream_quota"],
    [403, "upstream_auth"],
    [404, "upstream_model_not_found"],
    [405, "upstream_invalid_request"],
    [408, "upstream_error"],
    [409, "upstream_invalid_request"],
    [410, "upstream_model_not_found"],
    [413, "upstream_too_large"],
    [418, "upstream_invalid_request"],
    [422, "upstream_unprocessable"],
    [424, "upstream_invalid_request"],
    [429, "upstream_rate_limited"],
    [498, "upstream_overloaded"],
    [500, "upstream_error"],
    [502, "upstream_error"],
    [503, "upstream_overloaded"],
    [529, "upstream_overloaded"],
    [599, "upstream_error"],
    [204, "upstream_malformed"],
    [302, "upstream_malformed"],
  ])("%d is %s", (status, code) => expect(refusal({ status, body: "{}", message: "m" }).code).toBe(code));

  test("a 404 that names a member of the request is the request's: agents send ids of items that nobody has kept", () => {
    const message =
      "Item with id 'rs_0de7178170ebf7c1' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.";
    const error = refusal({ status: 404, body: "", message, type: "invalid_request_error", param: "input" });
    expect([error.code, error.message, error.details.param]).toEqual(["upstream_invalid_request", message, "input"]);
    const unknown = { status: 404, body: "", message: "The model `x` does not exist", code: "model_not_found" };
    expect(refusal(unknown).code).toBe("upstream_model_not_found");
    expect(refusal({ ...unknown, param: "model" }).code).toBe("upstream_model_not_found");
  });

  test("a client never sees our own 401", () => {
    for (const status of [401, 403]) expect(refusal({ status, body: "" }).status).toBe(502);
  });

  test.each(["<html>", "Bad Gateway", ""])("a 502 of %p comes from something before the provider", (body) => {
    expect(refusal({ status: 502, body }).code).toBe("upstream_malformed");
  });

  test.each(["insufficient_quota", "billing_hard_limit_reached", "Your credit balance is too low to access the API"])(
    "%p is the account's, whatever the status",
    (words) => {
      for (const status of [403, 429, 500])
        expect(refusal({ status, body: "", message: words }).code).toBe("upstream_quota");
      for (const status of [400, 403, 429, 500])
        expect(refusal({ status, body: "", code: words }).code).toBe("upstream_quota");
    },
  );

  test("an account without credit may be told with a 400, in a sentence of the provider's", () => {
    const message =
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.";
    expect(refusal({ status: 400, body: "", message, type: "invalid_request_error" }).code).toBe("upstream_quota");
  });

  test.each([
    "Invalid value: 'insufficient_quota'. Supported values are: 'low', 'medium', and 'high'.",
    "insufficient_quota",
    "Your credit balance is too low to access the API: Extra inputs are not permitted",
    "tools.0.name: 'Your credit balance is too low to access the API' is too long",
  ])("what a client made a provider repeat is not the account's: %s", (message) => {
    for (const status of [400, 422]) expect(refusal({ status, body: message, message }).status).toBe(status);
  });

  test("a request that is larger than all that an account may use in a minute would be refused for ever", () => {
    const message =
      "Request too large for gpt-4o in organization org-2itOgSdqw0DhUYp0QyLhttLL on tokens per min (TPM): Limit 30000, Requested 36278. The input or output tokens must be reduced in order to run successfully.";
    const headers = new Headers({ "retry-after": "12" });
    const error = refusal({ status: 429, body: "", message, code: "rate_limit_exceeded", headers });
    expect([error.code, error.retry]).toEqual(["upstream_own_limit", "next"]);
    expect(error.details).not.toHaveProperty("retryAfterMs");
    expect(error.message).toStartWith("Request too large for gpt-4o on tokens per min (TPM): Limit 30000");
    expect(error.message).not.toContain("org-");
    const groq =
      "Request too large for model `llama-3.1-8b-instant` in organization `org_01ht7` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 6294, please reduce your message size and try again.";
    const told = refusal({ status: 413, body: "", message: groq });
    expect([told.code, told.message.includes("org_01ht7")]).toEqual(["upstream_own_limit", false]);
    const passing =
      "Rate limit reached for gpt-4o in organization org-2 on tokens per min (TPM): Limit 30000, Used 29000.";
    expect(refusal({ status: 429, body: "", message: passing }).code).toBe("upstream_rate_limited");
  });

  test.each([
    "This model's maximum context length is 8192 tokens",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "input exceeds the context window of this model",
  ])("%p is a context that is full, and nobody else is asked", (message) => {
    const error = refusal({ status: 400, body: "", message });
    expect(error.code).toBe("context_length_exceeded");
    expect(ERRORS[error.code].retry).toBe("never");
  });
});

describe("a proof of origin that does not hold", () => {
  test.each([
    "The encrypted content gAAA...DQ== could not be verified.",
    "The encrypted content for item rs_1 could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
    "Could not decrypt the provided encrypted_content.",
    "messages.1.content.0: Invalid `signature` in `thinking` block",
    "messages.7.content.2: Invalid signature in thinking block",
    "messages.1.content.0: Invalid `data` in `redacted_thinking` block",
    "The model returned the following errors: messages.369.content.0.thinking.signature: Field required",
    "messages.1.content.0.thinking.signature.str: Input should be a valid string",
    "messages.1.content.6: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
    "Unable to submit request because Thought signature is not valid.. Learn more: https://cloud.google.com",
    "Corrupted thought signature.",
    "Invalid thought signature.",
    "Function call is missing a thought_signature in functionCall parts.",
    "Invalid value at 'contents[1].parts[0].thought_signature' (TYPE_BYTES), Base64 decoding failed",
  ])("is told in these words: %s", (message) => {
    const error = refusal({ status: 400, body: "", message });
    expect([error.code, error.status, error.retry]).toEqual(["upstream_seal_refused", 400, "unsealed"]);
    expect(error.message).toBe(message);
    // A provider that fails does not say so of the request.
    expect(refusal({ status: 500, body: "{}", message }).code).toBe("upstream_error");
  });

  test("may be told by its code alone, or in the words of another whom the provider asked", () => {
    expect(refusal({ status: 400, body: "", code: "invalid_encrypted_content" }).code).toBe("upstream_seal_refused");
    const raw = JSON.stringify({ message: "messages.7.content.2: Invalid `signature` in `thinking` block" });
    const body = JSON.stringify({ error: { message: "Provider returned error", code: 400, metadata: { raw } } });
    expect(refusal({ status: 400, body, message: "Provider returned error" }).code).toBe("upstream_seal_refused");
  });

  test.each([
    "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
    "`temperature` may only be set to 1 when thinking is enabled.",
    "thinking.budget_tokens: Input should be greater than or equal to 1024",
    "Invalid value for 'encoding_format'.",
  ])("is not what this says: %s", (message) => {
    expect(refusal({ status: 400, body: "", message }).code).toBe("upstream_invalid_request");
  });
});

describe("a rule or a limit of the host's own", () => {
  test.each([
    {
      message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      code: "content_filter",
    },
    { body: '{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}' },
    { message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set' },
    { message: "registry.ollama.ai/library/gemma3:4b does not support tools", type: "api_error" },
    { message: "User location is not supported for the API use.", code: "FAILED_PRECONDITION" },
    {
      message:
        "Invocation of model ID amazon.nova-2-lite-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
    },
    { message: "The provided model doesn't support on-demand throughput." },
  ])("is known by its words, and another host may be asked: %p", (words) => {
    const error = refusal({ status: 400, body: "", ...words });
    expect([error.code, error.status, error.retry]).toEqual(["upstream_own_limit", 400, "next"]);
    if (words.message !== undefined) expect(error.message).toBe(words.message);
  });

  test("may be a filter in front of the model, told with a 403: whose words it caught does not speak against the account", () => {
    const xai =
      "Content violates usage guidelines. Team: 1f0a-22, API key ID: 77ab-01, Model: grok-4, Failed check: SAFETY_CHECK_TYPE_BIO";
    const error = refusal({ status: 403, body: "", message: xai, code: "The caller does not have permission" });
    expect([error.code, error.retry]).toEqual(["upstream_own_limit", "next"]);
    expect(error.message).toBe("Content violates usage guidelines. Model: grok-4, Failed check: SAFETY_CHECK_TYPE_BIO");
    const metadata = { reasons: ["violence"], flagged_input: "…", provider_name: "x", model_slug: "y" };
    const body = JSON.stringify({ error: { code: 403, message: "flagged", metadata } });
    expect(refusal({ status: 403, body, message: "flagged" }).code).toBe("upstream_own_limit");
    expect(refusal({ status: 403, body: "{}", message: "Forbidden" }).code).toBe("upstream_auth");
  });

  test.each(["this model does not support tools", "Your prompt was flagged", "content_filter"])(
    "is not what any host would say: %p",
    (message) => expect(refusal({ status: 400, body: "", message }).code).toBe("upstream_invalid_request"),
  );
});

describe("its words", () => {
  test("are the client's to read where the client caused it, cleaned and capped", () => {
    const message = `bad\n\u001b[31mfield\u0000${"x".repeat(2_000)}`;
    const error = refusal({ status: 400, body: "", message, param: "tools" });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be gone
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    expect(error.message).toStartWith("bad [31mfield x");
    expect(error.message.length).toBeLessThanOrEqual(1_000);
    expect(error.details.param).toBe("tools");
  });

  test("of nothing are a sentence of ours", () => {
    for (const message of ["", " \n "]) {
      expect(refusal({ status: 422, body: "", message }).message).toBe(
        "The provider refused the request with status 422.",
      );
    }
  });

  test.each([401, 402, 403, 404, 429, 500, 503])("about our account or itself (%d) stay in the ledger", (status) => {
    const error = refusal({ status, body: '{"error":"org-42 broke"}', message: "org-42 broke", param: "model" });
    expect(error.message).not.toContain("org-42");
    expect(error.details.param).toBeUndefined();
    expect(error.details.upstream).toMatchObject({ status, body: '{"error":"org-42 broke"}' });
  });

  test("never hold a key, neither for the client nor for the record", () => {
    const key = `sk-proj-${"a1B2".repeat(10)}`;
    const error = refusal({ status: 400, body: `{"key":"${key}"}`, message: `Incorrect API key provided: ${key}` });
    expect(error.message).not.toContain(key);
    expect(JSON.stringify(error.details)).not.toContain(key);
  });

  test("are kept up to a cap", () => {
    const { body } = refusal({ status: 500, body: "y".repeat(10_000) }).details.upstream!;
    expect(body).toHaveLength(2_000);
  });

  test("have the vendor's code, or else its type", () => {
    expect(refusal({ status: 500, body: "", code: "c", type: "t" }).details.upstream?.code).toBe("c");
    expect(refusal({ status: 500, body: "", type: "t" }).details.upstream?.code).toBe("t");
    expect(refusal({ status: 500, body: "" }).details.upstream).not.toHaveProperty("code");
  });
});

describe("how long to wait", () => {
  const wait = (headers: Record<string, string>) => retryAfterMs(new Headers(headers));
  const date = "Wed, 25 Nov 2026 10:00:00 GMT";

  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": " 1.5 " }, 1_500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after-ms": "250.2" }, 251],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "retry-after-ms": "soon", "retry-after": "7" }, 7_000],
    [{ "retry-after": "Wed, 25 Nov 2026 10:00:30 GMT", date }, 30_000],
    [{ "retry-after": "Wed, 25 Nov 2026 10:00:30 GMT" }, undefined],
    [{ "retry-after": "Wed, 25 Nov 2026 09:00:00 GMT", date }, undefined],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "1e9" }, undefined],
    [{ "retry-after": "999999999" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after-ms": "-1" }, undefined],
    [{ "retry-after-ms": "", "retry-after": "7" }, 7_000],
  ])("%p", (headers, ms) => expect(wait(headers)).toBe(ms));

  test("is told with the refusal, and absent is not zero", () => {
    const told = (headers: Record<string, string>) =>
      refusal({ status: 429, headers: new Headers(headers), body: "" }).details;
    expect(told({ "retry-after": "7" }).retryAfterMs).toBe(7_000);
    expect(told({})).not.toHaveProperty("retryAfterMs");
    expect(retryAfterMs(undefined)).toBeUndefined();
  });
});
