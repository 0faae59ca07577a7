import { describe, expect, test } from "bun:test";
import { answeredFields, askedFields } from "./kept-fields.ts";

const told = (fields: readonly { name: string; value: string | null }[]) =>
  Object.fromEntries(fields.map(({ name, value }) => [name, value]));
const asked = (fields: Record<string, string>) => told(askedFields(new Headers(fields)));
const answered = (fields: Record<string, string>, conceal = (text: string) => text) =>
  told(answeredFields(new Headers(fields), conceal));

describe("of what a client sends", () => {
  test("how it asks is kept, the rest by name", () => {
    const plain = {
      "user-agent": "OpenAI/JS 6.1",
      "x-stainless-lang": "js",
      "anthropic-beta": "context-1m",
      traceparent: "00-a-b-01",
      "idempotency-key": "order-7",
      "content-type": "application/json",
      "x-title": "An app",
    };
    expect(asked({ ...plain, "x-forwarded-for": "10.1.2.3", "x-team": "blue" })).toEqual({
      ...plain,
      "x-forwarded-for": null,
      "x-team": null,
    });
  });

  test("nothing of what lets anybody in is, not even that it was there", () => {
    const secrets = [
      ...["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-ai-gateway-api-key"],
      ...["x-goog-api-key", "x-amz-security-token", "x-auth-request-email", "x-session-id", "x-hub-signature-256"],
    ];
    expect(asked(Object.fromEntries(secrets.map((name) => [name, "cnry-0123456789"])))).toEqual({});
  });

  test("nor where it stands in another field, nor in a name", () => {
    const fields = {
      authorization: "Bearer cnry0123456789",
      "user-agent": "curl cnry0123456789",
      "x-title": "sk-proj-abcdefghijklmnop123456",
      "http-referer": "https://ada:pw@example.com/a?code=cnry#x",
      "sk-proj-abcdefghijklmnop123456": "1",
      cnry8f14e45fceea167a5a36dedd4bea: "1",
    };
    expect(asked(fields)).toEqual({
      "user-agent": "curl [redacted]",
      "x-title": "[redacted]",
      "http-referer": "https://example.com/a",
    });
  });

  test("is bounded", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`x-f${n}`, "x"]));
    expect(Object.keys(asked(many)).length).toBe(60);
    expect(asked({ "user-agent": "y".repeat(5000) })["user-agent"]).toHaveLength(301);
  });
});

test("of what a provider answers with, ids, times and limits are kept, without the secret that it repeats", () => {
  const plain = {
    "x-request-id": "req_1",
    "openai-processing-ms": "812",
    "x-ratelimit-remaining-tokens": "149984",
    "anthropic-ratelimit-requests-reset": "2026-11-26T08:00:00Z",
    "retry-after": "2",
    "cf-ray": "8f-AMS",
  };
  const conceal = (text: string) => text.replaceAll("cnry0123456789", "[redacted]");
  const more = { "set-cookie": "k=v", "x-shown": "1", "openai-organization": "blue", "request-id": "cnry0123456789" };
  expect(answered({ ...plain, ...more }, conceal)).toEqual({
    ...plain,
    "x-shown": null,
    "openai-organization": null,
    "request-id": "[redacted]",
  });
});
