import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { Attempt, toldAttempt } from "./attempt.ts";
import { CLAUDE, GPT, legTo, OVERLOADED, tried } from "./fixtures/generation.ts";

/** As the row has it, of a generation that began with the attempt. */
const keptOf = (attempt: Attempt) => attempt.kept(attempt.startedAt, attempt.leg.endpoint.model);

describe("as the ledger keeps it", () => {
  test("an attempt that went well says where, how and how long", () => {
    const attempt = tried(legTo(GPT));
    attempt.upstreamId = "chatcmpl-1";
    const kept = keptOf(attempt);
    expect(kept).toEqual({ endpoint: "openai:gpt-5", ms: expect.any(Number), upstreamId: "chatcmpl-1" });
    expect(toldAttempt(kept, "openai-chat")).toEqual({
      endpoint: "openai:gpt-5",
      wire: "openai-chat",
      mode: "relay",
      credential: "system",
      ms: expect.any(Number),
      status: 200,
      upstreamId: "chatcmpl-1",
    });
  });

  test("one that may have been read twice says so", () => {
    const attempt = tried(legTo(GPT));
    attempt.askedTwice = true;
    expect(toldAttempt(keptOf(attempt), "openai-chat").askedTwice).toBe(true);
  });

  test("one that failed says why, without secrets", () => {
    const leg = legTo(CLAUDE, { wire: "anthropic-messages", relay: false, credential: "byok" });
    expect(toldAttempt(keptOf(tried(leg, OVERLOADED, 529)), "openai-chat")).toMatchObject({
      wire: "anthropic-messages",
      mode: "transcode",
      credential: "byok",
      status: 529,
      error: "upstream_overloaded",
      message: "Overloaded, said [redacted]",
    });
  });

  test("a provider's long speech is cut after its secrets were taken out, so that none is cut in two", () => {
    const speech = `${"x ".repeat(145)}sk-live-1234567890abcdef ${"y".repeat(500)}`;
    const { message } = keptOf(tried(legTo(GPT), new GatewayError("upstream_error", speech)));
    expect(message).toHaveLength(300);
    expect(message).not.toContain("sk-live");
  });

  test("which model it was, and when, where that is not what was asked for and at once", () => {
    const attempt = tried(legTo(CLAUDE));
    expect(attempt.kept(attempt.startedAt - 1200, "openai/gpt-5")).toMatchObject({
      model: "anthropic/claude-sonnet-4.5",
      at: 1200,
    });
  });

  test("what never got an answer has no status", () => {
    const attempt = new Attempt(legTo(GPT));
    attempt.end(new GatewayError("upstream_unreachable", "refused"));
    expect(toldAttempt(keptOf(attempt), "openai-chat").status).toBeNull();
  });
});

test("the first content and the end are told once; what comes later changes no time", () => {
  const attempt = new Attempt(legTo(GPT));
  attempt.spoke();
  attempt.end();
  const { firstContentAt, endedAt } = attempt;
  attempt.spoke();
  attempt.end(OVERLOADED);
  expect([attempt.firstContentAt, attempt.endedAt, attempt.error]).toEqual([firstContentAt, endedAt, OVERLOADED]);
  expect(endedAt!).toBeGreaterThanOrEqual(firstContentAt!);
});
