import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import type { Request } from "../core/request.ts";
import { ask, leg } from "./fixtures/facts.ts";
import { WRITTEN_WIRES } from "./index.ts";
import { callIdFor, shortened } from "./limits.ts";
import { encodeRequest } from "./openai-chat/encode-request.ts";
import { relayRequest } from "./openai-chat/relay-request.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import type { Quirk } from "./quirk.ts";

const LONG = `functions.${"mcp__a_server_with_a_long_name__".repeat(2)}look:0`;
const nine = (id: string) => callIdFor(id, new Set<Quirk>(["nine-letter-ids"]));
const short = (id: string) => callIdFor(id, new Set<Quirk>(["short-ids"]));

describe("the id of a call", () => {
  test("has nine letters and digits where it must, the same for the same", () => {
    expect(nine("g6fVbXS8K")).toBe("g6fVbXS8K");
    for (const id of ["call_zK97G5IB8dLy76Cl", "toolu_01", "a", "", LONG]) {
      expect(nine(id)).toMatch(/^[a-zA-Z0-9]{9}$/);
      expect(nine(id)).toBe(nine(id));
    }
  });

  test("is another for every other, thousands of them", () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `call_${i}`);
    expect(new Set(ids.map(nine)).size).toBe(ids.length);
    expect(new Set(ids.map((id) => short(LONG + id))).size).toBe(ids.length);
  });

  test("is as long as may be, and no longer", () => {
    expect(short("x".repeat(40))).toBe("x".repeat(40));
    expect([short(LONG).length, shortened(LONG, 64).length]).toEqual([40, 64]);
    expect(callIdFor(LONG, new Set())).toBe(LONG);
  });
});

const CALLED: JsonObject[] = [
  { role: "user", content: "Look" },
  { role: "assistant", tool_calls: [{ id: LONG, type: "function", function: { name: "look", arguments: "{}" } }] },
  { role: "tool", tool_call_id: LONG, content: "x" },
];
const idsIn = (body: JsonObject) => JSON.stringify(body).match(/(?<="(?:id|tool_call_id|call_id)":")[^"]*/g);

test("both ends of a call change alike, relayed as well", () => {
  for (const quirk of ["nine-letter-ids", "short-ids"] as const) {
    const [call, result] = idsIn(relayRequest(ask({ messages: CALLED }), leg(quirk)).body)!;
    expect(call).toBe(callIdFor(LONG, new Set([quirk])));
    expect(result).toBe(call!);
  }
  expect(idsIn(relayRequest(ask({ messages: CALLED }), leg()).body)).toEqual([LONG, LONG]);
});

const request: Request = {
  turns: [
    { role: "user", parts: [{ kind: "text", text: "Look" }] },
    {
      role: "assistant",
      parts: [{ kind: "tool-call", call: LONG, name: "look", arguments: "{}", by: "client", format: "json" }],
    },
    { role: "tool", parts: [{ kind: "tool-result", call: LONG, parts: [{ kind: "text", text: "x" }] }] },
  ],
  stream: false,
  sampling: {},
  extra: {},
  providerOptions: {},
};

test("as OpenAI takes it, by both of its APIs", () => {
  expect(idsIn(encodeRequest(request, leg("short-ids")).body)).toEqual([short(LONG), short(LONG)]);
  const id = shortened(LONG, 64);
  expect(idsIn(openaiResponses.outbound!.encodeRequest(request, leg()).body)).toEqual([id, id]);
});

test.each(["openai-chat", "openai-responses"])(
  "an end user with a name that is refused for its length is nobody, which is told (%s)",
  (name) => {
    const encode = name === "openai-chat" ? encodeRequest : openaiResponses.outbound!.encodeRequest;
    const named = (user: string) => encode({ ...request, user }, leg());
    expect([named("x".repeat(64)).body.user, named("x".repeat(64)).dropped]).toEqual(["x".repeat(64), []]);
    // As Claude Code names them.
    const told = named(
      JSON.stringify({ device_id: "a".repeat(64), account_uuid: "", session_id: crypto.randomUUID() }),
    );
    expect([told.body.user, told.dropped]).toEqual([undefined, ["user"]]);
  },
);

test.each(
  WRITTEN_WIRES.filter(({ operation }) => operation === "generate").flatMap(({ name, outbound }) =>
    outbound === undefined ? [] : [[name, outbound] as const],
  ),
)("an answer may be as long as the model can make it, whatever was asked (%s)", (_, wire) => {
  const capped = (outputCap: number) =>
    JSON.stringify(wire.encodeRequest({ ...request, outputCap }, { ...leg(), maxOutput: 8192 }).body);
  expect(capped(32_000)).toContain("8192");
  expect(capped(32_000)).not.toContain("32000");
  expect(capped(4321)).toContain("4321");
});
