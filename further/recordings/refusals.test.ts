import { describe, expect, test } from "bun:test";
import { ERRORS, type ErrorCode, GatewayError } from "../../src/core/error.ts";
import { answerOf } from "./support/answers.ts";
import { answered, type Exchange, refused, titled } from "./support/exchanges.ts";
import { readingOf } from "./support/reading.ts";

/** Every recorded refusal becomes the error that a client and the attempt loop can act on. */

/** What a refusal means, by its status. */
const BY_STATUS: Record<number, ErrorCode> = {
  400: "upstream_invalid_request",
  401: "upstream_auth",
  403: "upstream_auth",
  404: "upstream_model_not_found",
  429: "upstream_rate_limited",
  529: "upstream_overloaded",
};

/** And where the status alone does not tell. */
const BY_NAME: [RegExp, ErrorCode][] = [
  // Too long for its quota before it is too long for the model.
  [/^gemini\/.*handles_context_length_exceeded/, "upstream_rate_limited"],
  [/handles_context_length_exceeded/, "context_length_exceeded"],
  [/^groq\/.*tool_use_failed_error_streaming/, "upstream_invalid_request"],
  [/^anthropic\/quoted--overloaded-mid-stream/, "upstream_overloaded"],
  [/^openai\/quoted--server-error-in-stream/, "upstream_error"],
  [/^openrouter\/pydantic-ai--test_openrouter_stream_error/, "upstream_invalid_request"],
];

function expectedCode({ name, status }: Exchange): ErrorCode {
  const code = BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? BY_STATUS[status];
  if (code === undefined) throw new Error(`say what ${name} means: status ${status}`);
  return code;
}

/** The provider's words, wherever its body has them. */
function wordsIn({ text }: Exchange): string {
  const body = JSON.parse(text);
  return body.error?.message ?? body.detail ?? body.message;
}

const errorFrom = ({ wire, status, headers }: Exchange, body: string) =>
  wire.decodeError(status, new Headers(headers), body);

/** The client did it: it must read what the provider said. */
const isClients = ({ code }: GatewayError) => ERRORS[code].status === 400;

describe("a refusal is understood", () => {
  test.each(titled(refused))("%s", (_, one) => {
    const error = errorFrom(one, one.text);
    expect(error.code).toBe(expectedCode(one));
    expect(error.details.upstream?.status).toBe(one.status);
    // For the ledger all of it is kept; to the client goes what it can do something about.
    const words = wordsIn(one);
    expect(words.length).toBeGreaterThan(5);
    const kept = String(error.details.upstream?.body);
    if (!/sk-|api[- _]?key/i.test(words)) expect(kept).toContain(JSON.stringify(words).slice(1, 200).replace(/"$/, ""));
    if (isClients(error))
      expect(words.replace(/\s+/g, " ")).toStartWith(error.message.replace(/\s+/g, " ").slice(0, 900));
    else expect(error.message).not.toContain(words);
  });
});

describe("a secret in a refusal goes no further", () => {
  const secrets = [
    "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH",
    "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789-AA",
  ];
  test.each(titled(refused))("%s", (_, one) => {
    for (const secret of secrets) {
      const words = wordsIn(one);
      const leaking = one.text.replace(JSON.stringify(words), () => JSON.stringify(`key ${secret}: ${words}`));
      expect(leaking).toContain(secret);
      const error = errorFrom(one, leaking);
      expect(error.code).toBe(expectedCode(one));
      expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain(secret.slice(8));
    }
  });
});

describe("an error inside a stream is understood", () => {
  const broken = answered.filter((one) => one.features.has("error_in_stream"));
  test.each(titled(broken))("%s", (_, one) => {
    const reading = readingOf(one);
    const error = answerOf(one);
    expect(reading.error).toBeDefined();
    if (!(error instanceof GatewayError)) throw new Error("read as an answer");
    expect(error.code).toBe(expectedCode({ ...one, status: 0 }));
  });
});
