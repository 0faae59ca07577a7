import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { redact } from "./redact.ts";

const HEX = "0123456789abcdef".repeat(4);

/** Made up, in the shapes that vendors give their keys. */
const SECRETS = [
  "sk-abcdefghijklmnopqrstuvwxyz0123456789",
  "sk-proj-Ab3_dEf-ghIJklMnopqrstuvwx0123456789Xy4zQrSt",
  "sk-svcacct-Ab3dEfghIJklMnop",
  "sk-ant-api03-Ab3_dEf-ghIJklMnopqrstuvwx0123456789-AAAA",
  "sk-or-v1-0123456789abcdef0123456789abcdef",
  "sk-1234*********abcd",
  "gsk_Ab3dEfghIJklMnopqrstuvwx0123456789",
  "xai-Ab3dEfghIJklMnopqrstuvwx0123456789",
  "hg-01ARYZ6S41TSV4RRFFQ69G5FAV",
  "hga_01ARYZ6S41TSV4RRFFQ69G5FAV",
  "vck_Ab3dEfghIJklMnop0123456789",
  "csk-Ab3dEfghIJklMnop0123456789",
  "fw_Ab3dEfghIJklMnop0123",
  "nvapi-Ab3dEfghIJklMnop0123456789",
  "pplx-Ab3dEfghIJklMnop0123456789",
  "tgp_v1_Ab3dEfghIJklMnop0123456789",
  "hf_AbCdEfGhIjKlMnOpQrStUvWx",
  "r8_Ab3dEfghIJklMnop0123456789",
  "key-Ab3dEfghIJklMnop0123456789",
  "pk-live-Ab3dEfghIJkl",
  "rk_live_Ab3dEfghIJkl",
  "glpat-Ab3dEfghIJklMnop0123",
  "ghp_Ab3dEfghIJklMnop0123456789",
  "AIzaSyA0123456789-abcdefghijklmnopqrstuv",
  "AKIAIOSFODNN7EXAMPLE",
  "ASIAIOSFODNN7EXAMPLE",
  "ya29.a0AfB_byC0123456789-abcdefghij",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
  HEX,
  HEX.slice(0, 32),
];

describe.each(SECRETS)("%s", (secret) => {
  test.each([
    ["alone", (text: string) => text],
    ["in a sentence", (text: string) => `Incorrect API key provided: ${text}. Find yours on the page.`],
    ["in JSON", (text: string) => JSON.stringify({ error: { message: `bad key ${text}`, key: text } })],
    ["in an address", (text: string) => `GET https://api.example/v1?key=${text}&alt=sse failed`],
    ["behind Bearer", (text: string) => `authorization: Bearer ${text}`],
    ["twice", (text: string) => `${text}, ${text}`],
    ["over two lines", (text: string) => `line\n${text}\nline`],
  ])("is taken out %s", (_, place) => {
    const told = redact(place(secret));
    expect(told).not.toContain(secret);
    // No long piece of it is left either: its middle is in no text.
    expect(told).not.toContain(secret.slice(4, -4));
    expect(told).toContain("[redacted]");
  });
});

test("whatever stands behind Bearer is taken out", () => {
  expect(redact("Authorization: Bearer abc.def/ghi+jkl=")).toBe("Authorization: [redacted]");
  expect(redact('{"authorization":"bearer t0ken"}')).toBe('{"authorization":"[redacted]"}');
});

test.each([
  "",
  "The model `large-4` does not exist or you do not have access to it.",
  "This model's maximum context length is 128000 tokens. However, your messages resulted in 130101 tokens.",
  "messages.1.content.0.type: Input should be 'text' or 'image'",
  "Rate limit reached for large-4o-mini in organization org on tokens per min (TPM): Limit 200000, Used 199000.",
  "Unsupported value: 'temperature' does not support 0.2 with this model.",
  "tool_use ids were found without tool_result blocks immediately after: toolu_01A",
  "the key-value store and a key_value_pair",
  "a task-oriented, risk-adjusted, desk-based ask",
  "scikit-learn, sk-learn, pk-fk joins, hf-hub",
  "Invalid schema for function 'get_weather': In context=('properties', 'unit'), 'additionalProperties' is required",
  "https://platform.example/docs/guides/error-codes#api-errors",
  "Überlänge: 漢字 😀",
  "chatcmpl-9Zx0aBcDeF and msg_01XyZaBcDeFgHiJ stay, an id is no secret",
  "req_011CRabcdefghij 550e8400-e29b-41d4-a716-446655440000",
])("ordinary text is left alone: %p", (text) => {
  expect(redact(text)).toBe(text);
});

test("text without anything like a secret is untouched, whatever it is", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ ,.a-f0-9]{0,31}$/), (text) => {
      expect(redact(text)).toBe(text);
    }),
  );
});

test("redacting twice is redacting once", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...SECRETS), fc.string())), (words) => {
      const once = redact(words.join(" "));
      expect(redact(once)).toBe(once);
    }),
  );
});
