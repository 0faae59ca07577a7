import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { leg } from "../fixtures/facts.ts";
import { anthropicMessages } from "./index.ts";
import { seal } from "./reasoning.ts";
import { relayRequest } from "./relay-request.ts";

const HELLO = { model: "acme/large", max_tokens: 9, messages: [{ role: "user", content: "Hello" }] };
const ask = (members: JsonObject = {}, beta?: string) =>
  anthropicMessages.inbound!.read(
    { ...HELLO, ...members },
    new Headers(beta === undefined ? {} : { "anthropic-beta": beta }),
  );

test("only the gateway's own members and the model are changed, and the client's body is not", () => {
  const more = { top_k: 3, unheard: { of: [1] }, metadata: { user_id: "u" }, system: "s" };
  const asked = ask({ ...more, models: ["a/b"], tags: ["t"], providerOptions: { gateway: { tags: ["u"] } } });
  const before = structuredClone(asked.body);
  expect(relayRequest(asked, leg())).toEqual({ body: { ...HELLO, ...more, model: "large-2026" }, dropped: [] });
  expect(asked.body).toEqual(before);
});

test("options addressed to the provider are laid over it, those of others are not", () => {
  const providerOptions = { acme: { topK: 5, model: "x" }, other: { topK: 6 } };
  const { body, dropped } = relayRequest(ask({ providerOptions }), leg());
  expect(body).toEqual({ ...HELLO, model: "large-2026", top_k: 5 });
  expect(dropped).toEqual(["providerOptions.acme.model"]);
});

test("thinking that Claude did not sign stays behind, and so does a turn of nothing else", () => {
  const own = [
    { type: "thinking", thinking: "Hm.", signature: "EqQB" },
    { type: "redacted_thinking", data: "EmwK" },
    { type: "text", text: "Done." },
  ];
  const foreign = [
    { type: "thinking", thinking: "Hm." },
    { type: "thinking", thinking: "Hm.", signature: "" },
    { type: "thinking", thinking: "Hm.", signature: seal({ id: "rs_1" }) },
    { type: "redacted_thinking", data: seal({ call: "toolu_1", signature: "x" }) },
  ];
  const user = { role: "user", content: "And?" };
  const messages = [
    { role: "assistant", content: [...foreign, ...own] },
    user,
    { role: "assistant", content: foreign },
    { role: "assistant", content: "Text alone." },
    user,
  ];
  const { body, dropped } = relayRequest(ask({ messages }), leg());
  expect(body.messages).toEqual([
    { role: "assistant", content: own },
    user,
    { role: "assistant", content: "Text alone." },
    user,
  ]);
  expect(dropped).toEqual(["thinking"]);
});

describe("beta features", () => {
  const facts = { ...leg(), betas: ["a-1", "c-3"] };

  test("go to whoever does not say which it takes", () => {
    expect(relayRequest(ask({}, "a-1, b-2"), leg()).headers).toEqual({ "anthropic-beta": "a-1,b-2" });
    expect(relayRequest(ask(), leg()).headers).toBeUndefined();
  });

  test("are sorted out for whoever does, and told", () => {
    const { headers, dropped } = relayRequest(ask({}, "a-1,b-2 ,c-3"), facts);
    expect(headers).toEqual({ "anthropic-beta": "a-1,c-3" });
    expect(dropped).toEqual(["anthropic-beta: b-2"]);
  });

  test("of which none is taken make no field", () => {
    const encoded = relayRequest(ask({}, "b-2"), facts);
    expect(encoded.headers).toBeUndefined();
    expect(encoded.dropped).toEqual(["anthropic-beta: b-2"]);
  });
});
