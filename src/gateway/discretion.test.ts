import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { Credential } from "../upstream/credentials.ts";
import { anthropicMessages } from "../wires/anthropic-messages/index.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { concealed, discreet } from "./discretion.ts";
import { arriving, factsOf, streamed } from "./fixtures/passage.ts";
import { relayPassage } from "./relay.ts";
import { transcodePassage } from "./transcode.ts";

const SECRET = "canary.own/7Qf2-9";
const PARTS = { provider: "lab", baseUrl: "http://127.0.0.1:9", fields: {} };
const credential = (kind: "system" | "byok") => new Credential({ ...PARTS, kind, secrets: [SECRET, "short"] });
const own = credential("byok");

const refused = { error: { type: "invalid_request_error", message: `bad key ${SECRET} given` } };
const says = { choices: [{ index: 0, delta: { role: "assistant", content: "Hel" } }] };
const frame = (data: object, event?: string) =>
  arriving(`${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);

const ways = {
  relayed: () => {
    const facts = factsOf(openaiChat, { stream: true });
    return { passage: relayPassage(facts, openaiChat.relay!), failing: frame(refused), begun: [frame(says)] };
  },
  transcoded: () => {
    const facts = factsOf(anthropicMessages, { stream: true });
    const start = { type: "message_start", message: { id: "m", model: "x", usage: { input_tokens: 1 } } };
    const block = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
    const delta = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } };
    return {
      passage: transcodePassage(facts, anthropicMessages.outbound!, openaiChat.inbound!.transcode!),
      failing: frame({ type: "error", ...refused }, "error"),
      begun: [start, block, delta].map((data) => frame(data, data.type)),
    };
  },
};

describe.each(Object.entries(ways))("a stream that is %s", (_, way) => {
  test("does not repeat the secret, whether it fails at once or in the middle", () => {
    for (const begins of [false, true]) {
      const { passage, failing, begun } = way();
      const told = streamed(discreet(passage, own), [...(begins ? begun : []), failing]);
      expect(told).toContain("bad key [redacted] given");
      expect(told).not.toContain(SECRET);
    }
  });

  test("of the gateway's own credential is as it was, but for what it fails by", () => {
    const { passage } = way();
    const { conceal, ...rest } = discreet(passage, credential("system"));
    expect(rest).toEqual(passage);
    expect(conceal!(new GatewayError("upstream_error", `key ${SECRET}`)).message).toBe("key [redacted]");
  });
});

test("a whole answer that is an error does not repeat it, nor does a refusal", () => {
  const passage = discreet(relayPassage(factsOf(openaiChat), openaiChat.relay!), own);
  const failure = () => {
    try {
      return passage.whole(arriving(JSON.stringify(refused)));
    } catch (thrown) {
      return thrown;
    }
  };
  const inside = failure() as GatewayError;
  const outside = passage.refusal(400, new Headers(), JSON.stringify(refused));
  for (const error of [inside, outside]) {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error.message).toBe("bad key [redacted] given");
    expect(JSON.stringify(error.details)).not.toContain(SECRET);
    expect(JSON.stringify(error.details)).toContain("[redacted]");
  }
});

test("nothing is left of it where a text was cut, and everything else stays", () => {
  const cut = new GatewayError("upstream_invalid_request", `wrong: ${SECRET.slice(0, 9)}`, {
    param: `messages[0].${SECRET}`,
    retryAfterMs: 5,
    upstream: { status: 400, code: SECRET, body: { said: SECRET } },
  });
  const told = concealed(cut, own);
  expect(told.message).toBe("wrong: [redacted]");
  expect(JSON.stringify(told.details)).not.toContain(SECRET);
  expect([told.code, told.details.retryAfterMs, told.details.upstream?.status]).toEqual([
    "upstream_invalid_request",
    5,
    400,
  ]);
  const quoted = new Credential({ ...PARTS, kind: "byok", secrets: ['say "friend" and'] });
  expect(quoted.conceal(JSON.stringify({ said: 'say "friend" and enter' }))).toBe('{"said":"[redacted] enter"}');
  // What is as short as a word is none.
  expect(concealed(new GatewayError("upstream_invalid_request", "a short text"), own).message).toBe("a short text");
});

test.each(["upstream_auth", "upstream_quota", "upstream_rate_limited"] as const)(
  "%s is told of the client's account, and not of the gateway's",
  (code) => {
    const error = concealed(new GatewayError(code, "The gateway's account"), own);
    expect(error.message).toContain("the credential that the request brought");
    expect(error.message).not.toContain("gateway");
  },
);

test("an error that repeats the gateway's own secret does not say whose account it was, nor the secret; any other is as it was", () => {
  const upstream = { status: 400, body: `x-key: ${SECRET}` };
  const error = new GatewayError("upstream_invalid_request", `bad key ${SECRET} given`, { param: "p", upstream });
  const told = concealed(error, credential("system"));
  expect([told.code, told.message, told.details.param]).toEqual([error.code, "bad key [redacted] given", "p"]);
  expect(JSON.stringify(told.details)).not.toContain(SECRET);
  const body = { error: { message: "slow down" } };
  const plain = new GatewayError("upstream_rate_limited", "slow down", { upstream: { status: 429, body } });
  expect(concealed(plain, credential("system"))).toBe(plain);
});
