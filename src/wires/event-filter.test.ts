import { describe, expect, test } from "bun:test";
import type { Block, Delta, Event } from "../core/event.ts";
import { fold } from "../core/message.ts";
import { eventFilter } from "./event-filter.ts";

const START: Event = { type: "message-start", id: "m", model: "m" };
const END: Event = { type: "message-end", finish: "tool-calls", raw: "tool_use" };

function block(index: number, what: Block, ...deltas: Delta[]): Event[] {
  return [
    { type: "block-start", index, block: what },
    ...deltas.map((delta): Event => ({ type: "block-delta", index, delta })),
    { type: "block-end", index },
  ];
}

const call = (name: string, by: "client" | "provider" = "client"): Block => ({
  kind: "tool-call",
  call: `c_${name}`,
  name,
  by,
  format: "json",
});
const args = (json: string): Delta => ({ kind: "arguments", json });
const text = (words: string): Delta => ({ kind: "text", text: words });

function filtered(changes: { answerTool?: string; hideReasoning?: boolean }, ...events: Event[]) {
  const filter = eventFilter({ answerTool: changes.answerTool, hideReasoning: changes.hideReasoning ?? false })!;
  const all = [START, ...events, END].flatMap((event) => filter(event));
  // Whatever is left out, indexes have no gaps.
  const starts = all.flatMap((event) => (event.type === "block-start" ? [event.index] : []));
  expect(starts).toEqual(starts.map((_, i) => i));
  return fold(all);
}

test("where nothing is asked for there is no filter", () => {
  expect(eventFilter({ answerTool: undefined, hideReasoning: false })).toBeUndefined();
});

describe("the tool that gives a format", () => {
  test("gives text, and the answer stopped", () => {
    expect(filtered({ answerTool: "city" }, ...block(0, call("city"), args('{"a"'), args(":1}")))).toMatchObject({
      parts: [{ kind: "text", text: '{"a":1}' }],
      finish: "stop",
      rawFinish: "tool_use",
    });
  });

  test("gives an empty object where it was called without arguments", () => {
    expect(filtered({ answerTool: "json" }, ...block(0, call("json")))).toMatchObject({
      parts: [{ kind: "text", text: "{}" }],
      finish: "stop",
    });
  });

  test("beside thinking and text", () => {
    const { parts } = filtered(
      { answerTool: "city" },
      ...block(0, { kind: "reasoning" }, text("Hm")),
      ...block(1, { kind: "text" }, text("Here: ")),
      ...block(2, call("city"), args("{}")),
    );
    expect(parts).toEqual([
      { kind: "reasoning", text: "Hm" },
      { kind: "text", text: "Here: " },
      { kind: "text", text: "{}" },
    ]);
  });

  test("not called, leaves the client's own calls and their finish", () => {
    expect(filtered({ answerTool: "city" }, ...block(0, call("weather"), args("{}")))).toMatchObject({
      parts: [{ kind: "tool-call", name: "weather" }],
      finish: "tool-calls",
    });
  });

  test("called beside one of the client's, leaves that to be answered", () => {
    const events = [...block(0, call("city"), args("{}")), ...block(1, call("weather"), args("{}"))];
    expect(filtered({ answerTool: "city" }, ...events)).toMatchObject({
      parts: [{ kind: "text" }, { kind: "tool-call", name: "weather" }],
      finish: "tool-calls",
    });
  });

  test("called beside one of the provider's, ends the answer: nobody waits for the client", () => {
    const events = [...block(0, call("web_search", "provider"), args("{}")), ...block(1, call("city"), args("{}"))];
    expect(filtered({ answerTool: "city" }, ...events).finish).toBe("stop");
  });

  test("does not hide that the answer was too long", () => {
    const filter = eventFilter({ answerTool: "city", hideReasoning: false })!;
    for (const event of block(0, call("city"), args("{"))) filter(event);
    const cut: Event = { type: "message-end", finish: "length", raw: "max_tokens" };
    expect(filter(cut)).toEqual([cut]);
  });
});

describe("thinking that is hidden", () => {
  test("is left out, and the blocks behind it move up", () => {
    const { parts } = filtered(
      { hideReasoning: true },
      ...block(0, { kind: "reasoning" }, text("secret")),
      ...block(1, { kind: "reasoning", summary: true }, text("secret")),
      ...block(2, { kind: "text" }, text("a")),
      ...block(3, { kind: "reasoning" }, text("secret")),
      ...block(4, call("f"), args("{}")),
    );
    expect(JSON.stringify(parts)).not.toContain("secret");
    expect(parts.map(({ kind }) => kind)).toEqual(["text", "tool-call"]);
  });

  const signature = { format: "lab-v1", value: "c2ln" };
  const signed = (index: number, ...said: Delta[]): Event[] => [
    ...block(index, { kind: "reasoning" }, ...said).slice(0, -1),
    { type: "block-end", index, signature },
  ];

  test("stays where it is sealed: nobody can read it, and the next turn needs it", () => {
    const { parts } = filtered(
      { hideReasoning: true },
      ...block(0, { kind: "reasoning", redacted: "ZGF0YQ==" }),
      ...block(1, { kind: "reasoning", encrypted: "gAAA", format: "lab-v1" }),
      ...block(2, { kind: "text" }, text("a")),
    );
    expect(parts).toEqual([
      { kind: "reasoning", text: "", redacted: "ZGF0YQ==" },
      { kind: "reasoning", text: "", encrypted: "gAAA", format: "lab-v1" },
      { kind: "text", text: "a" },
    ]);
  });

  test("keeps a signature that stands alone, and none of words that are gone", () => {
    const { parts } = filtered(
      { hideReasoning: true },
      ...signed(0, text("")),
      ...signed(1, text("secret")),
      ...block(2, { kind: "text" }, text("a")),
      ...signed(0),
    );
    expect(parts).toEqual([
      { kind: "reasoning", text: "", signature },
      { kind: "text", text: "a" },
      { kind: "reasoning", text: "", signature },
    ]);
  });

  test("the signature of a tool's call stays with the call", () => {
    const events = block(0, call("f"), args("{}"));
    const { parts } = filtered({ hideReasoning: true }, ...events.slice(0, -1), {
      ...events.at(-1)!,
      signature,
    } as Event);
    expect(parts).toMatchObject([{ kind: "tool-call", signature }]);
  });

  test("together with a tool that gives a format", () => {
    const { parts } = filtered(
      { hideReasoning: true, answerTool: "city" },
      ...block(0, { kind: "reasoning" }, text("secret")),
      ...block(1, call("city"), args("{}")),
    );
    expect(parts).toEqual([{ kind: "text", text: "{}" }]);
  });
});

test("what a provider sealed for itself alone has its own name, whatever else is changed", () => {
  const sealed = block(0, { kind: "reasoning", encrypted: "gAAA", format: "lab-v1" });
  const mint = { wire: "lab-v1", own: "house-lab-v1" };
  for (const hideReasoning of [false, true]) {
    const filter = eventFilter({ answerTool: undefined, hideReasoning, mint })!;
    expect(fold([START, ...sealed, END].flatMap((event) => filter(event))).parts).toEqual([
      { kind: "reasoning", text: "", encrypted: "gAAA", format: "house-lab-v1" },
    ]);
  }
});

test("everything else passes as it is", () => {
  const filter = eventFilter({ answerTool: "city", hideReasoning: true })!;
  const others: Event[] = [
    START,
    { type: "ping" },
    { type: "usage", usage: { input: 1 } },
    { type: "metadata", values: {} },
    END,
  ];
  for (const event of others) expect(filter(event)).toEqual([event]);
});
