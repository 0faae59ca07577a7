import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { leg } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import type { EncodedRequest, LegFacts } from "../../src/wires/wire.ts";
import { EXCHANGES, type Exchange, titled } from "./support/exchanges.ts";

/** Every recorded request was sent by a real client: it gets in, and out again to a provider of either wire. */

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const chat = wireNamed("openai-chat");
const messages = wireNamed("anthropic-messages");
const asked = (wire: string) => EXCHANGES.filter((one) => one.wire.name === wire && one.request !== undefined);
/** Azure has the model in the path: such a body names none, and is no body for this gateway. */
const chats = asked("openai-chat").filter(({ request }) => request!.model);

const ownLeg = ({ quirks }: Exchange): LegFacts => ({ ...leg(), quirks });
const read = ({ wire, request }: Exchange) => wire.inbound!.read(request!);
const decoded = (one: Exchange) => chat.inbound!.transcode!.decodeRequest(read(one));

describe("a body that a client sent is taken, and means the same when written again", () => {
  test.each(titled(chats))("%s", (_, one) => {
    const request = decoded(one);
    const ask = read(one);
    expect(ask.model).toBe(one.request!.model as string);
    expect(ask.stream).toBe(one.request!.stream === true);
    const written = chat.outbound!.encodeRequest(request, leg("reasoning-object", "cache-marks", "top-k")).body;
    const again = chat.inbound!.read({ ...written, providerOptions: one.request!.providerOptions ?? {} });
    // What only a relay passes on is told the first time, and gone; so is a tier that this provider has not.
    const { unsaid: _unsaid, serviceTier: _tier, ...said } = request;
    const { serviceTier: _again, ...saidAgain } = chat.inbound!.transcode!.decodeRequest(again);
    expect(saidAgain).toEqual(said);
  });
});

/** Top-level members that the relay may change, add or take out. */
const EDITED = ["model", "models", "provider", "providerOptions", "tags", "reasoning", "caching", "stream_options"];
/** And those that a quirk is about. */
const QUIRKY = [
  "max_tokens",
  "max_completion_tokens",
  "seed",
  "random_seed",
  "parallel_tool_calls",
  "user",
  "tool_choice",
  "reasoning_effort",
];
/** Members of messages that the wire has no word for at every provider. */
const UNSPOKEN = ["cache_control", "reasoning", "reasoning_details", "provider_metadata", "reasoning_content"];

const without = (object: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

/** The same tree without members of these names, wherever they stand. */
const pruned = (value: Loose): Loose =>
  Array.isArray(value)
    ? value.map(pruned)
    : value !== null && typeof value === "object"
      ? Object.fromEntries(Object.entries(without(value, UNSPOKEN)).map(([name, each]) => [name, pruned(each)]))
      : value;

describe("a relayed request is the client's but for the declared edits", () => {
  test.each(titled(chats))("%s", (_, one) => {
    const before = structuredClone(one.request!);
    const ask = read(one);
    // Where a provider takes everything, only the gateway's own fields go, and usage is asked for.
    const { body, dropped } = chat.relay!.request(ask, leg("reasoning-object", "cache-marks"));
    const streams = before.stream === true;
    expect(body).toEqual({
      ...without(
        before,
        EDITED.filter((name) => name !== "reasoning"),
      ),
      model: "large-2026",
      ...(streams ? { stream_options: { ...(before.stream_options as JsonObject), include_usage: true } } : {}),
    });
    expect(dropped).toEqual([]);

    // At the provider that it was sent to, what no quirk is about stays as it stands.
    const own = chat.relay!.request(ask, ownLeg(one));
    const [ours, theirs] = [own.body, before].map((each) => without(each, [...EDITED, ...QUIRKY, "messages"]));
    expect(ours!).toEqual(own.dropped.includes("cache_control") ? pruned(theirs) : theirs!);
    const roles = (each: JsonObject) =>
      (each.messages as Loose[]).map(({ role, ...rest }) => ({
        role: role === "developer" ? "system" : role,
        ...pruned(rest),
      }));
    expect(roles(own.body)).toEqual(roles(before));
    // Thinking in the gateway's own words goes only where the provider has the same.
    for (const message of own.body.messages as Loose[]) {
      if (message.role === "assistant" && !one.quirks.has("reasoning-object"))
        expect(
          Object.keys(message).filter((name) => /^(reasoning|reasoning_details|provider_metadata)$/.test(name)),
        ).toEqual([]);
    }
    expect(one.request!).toEqual(before);
  });

  test.each(titled(asked("openai-embeddings").filter(({ status }) => status !== 400)))("%s", (_, one) => {
    const { body } = one.wire.relay!.request(read(one), leg());
    expect(body).toEqual({ ...without(one.request!, EDITED), model: "large-2026" });
  });
});

/** The text of everything that a client says, wherever it stands. */
function textsOf(body: Loose): string[] {
  return body.messages.flatMap(({ content }: Loose) =>
    typeof content === "string" ? [content] : (content ?? []).flatMap((part: Loose) => part.text ?? []),
  );
}

function encoded(one: Exchange): EncodedRequest | GatewayError {
  try {
    return messages.outbound!.encodeRequest(decoded(one), leg());
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

describe("a chat client's request in Anthropic's words is one that Anthropic takes", () => {
  test.each(titled(chats))("%s", (_, one) => {
    const result = encoded(one);
    if (result instanceof GatewayError) {
      expect(result.code).toBe("unsupported");
      expect(result.details.param).toBeDefined();
      return;
    }
    const body = result.body as Loose;
    expect(body.max_tokens).toBeGreaterThan(0);
    const turns: Loose[] = body.messages;
    expect(turns.length).toBeGreaterThan(0);
    // Roles take turns; every call is answered in the turn that follows, and nothing else is.
    for (const [i, { role }] of turns.entries()) expect(role).not.toBe(turns[i - 1]?.role);
    for (const [i, turn] of turns.entries()) {
      const parts: Loose[] = turn.content;
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) if (part.type === "text") expect(part.text).not.toBe("");
      const calls = parts.filter(({ type }) => type === "tool_use").map(({ id }) => id);
      const results = (turns[i + 1]?.content ?? []).filter(({ type }: Loose) => type === "tool_result");
      if (turns[i + 1] !== undefined)
        expect(results.map(({ tool_use_id }: Loose) => tool_use_id).sort()).toEqual(calls.sort());
    }
    // What was said is said.
    const said = JSON.stringify(body);
    for (const text of textsOf(one.request))
      if (text.trim() !== "") expect(said).toContain(JSON.stringify(text.trimEnd()).slice(1, -1));
    for (const tool of (one.request!.tools ?? []) as Loose[])
      if (tool.type === "function") expect(body.tools.map(({ name }: Loose) => name)).toContain(tool.function.name);
    // What could not be said is told, by names that stand in the client's body.
    const asked = JSON.stringify(one.request);
    for (const name of result.dropped) {
      const last = name.split(".").at(-1)!;
      // Thinking has a name at each vendor; ours is `reasoning`.
      expect(asked).toMatch(last === "reasoning" ? /"(reasoning\w*|thinking)"/ : new RegExp(`"${last}"`));
    }
  });
});
