import { expect, test } from "bun:test";
import type { Event, WireName } from "../core/event.ts";
import type { Request } from "../core/request.ts";
import { withFittingTools } from "./client-tools.ts";
import { eventFilter } from "./event-filter.ts";
import { wireNamed } from "./index.ts";
import type { Quirk } from "./quirk.ts";

const LONG = `mcp__${"server_".repeat(20)}patch`;

function fitted(wire: WireName, name: string, ...quirks: Quirk[]) {
  const request: Request = {
    turns: [],
    stream: false,
    sampling: {},
    extra: {},
    providerOptions: {},
    tools: [{ kind: "native", wire: "openai-chat", value: { type: "custom", custom: { name } } }],
  };
  return { asked: request, ...withFittingTools(request, wireNamed(wire).outbound!, new Set(quirks)) };
}

test.each<[WireName, Quirk[]]>([
  ["openai-responses", []],
  ["openai-chat", ["text-tools"]],
])("at %s %j a tool takes free text as it does", (wire, quirks) => {
  const { asked, request, texts } = fitted(wire, "patch", ...quirks);
  expect(request).toBe(asked);
  expect(texts).toBeUndefined();
});

test.each<WireName>(["openai-chat", "anthropic-messages", "gemini-generate", "bedrock-converse"])(
  "at %s a tool that takes text and has a long name is a function with another, and is the client's own in the answer",
  (wire) => {
    const { request, names, texts } = fitted(wire, LONG);
    const [tool] = request.tools!;
    const name = tool?.kind === "function" ? tool.name : "";
    expect(name).toMatch(wireNamed(wire).outbound!.toolName);
    const filter = eventFilter({ answerTool: undefined, hideReasoning: false, names, textTools: texts })!;
    const call = { kind: "tool-call", call: "c", name, by: "client", format: "json" } as const;
    const said: Event[] = [
      { type: "block-start", index: 0, block: call },
      { type: "block-delta", index: 0, delta: { kind: "arguments", json: '{"input":"x"}' } },
      { type: "block-end", index: 0 },
    ];
    expect(said.flatMap(filter)).toEqual([
      { type: "block-start", index: 0, block: { ...call, name: LONG, format: "text" } },
      { type: "block-delta", index: 0, delta: { kind: "arguments", json: "x" } },
      { type: "block-end", index: 0 },
    ]);
  },
);
