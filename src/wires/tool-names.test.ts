import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import type { Request } from "../core/request.ts";
import { eventFilter } from "./event-filter.ts";
import { WRITTEN_WIRES } from "./index.ts";
import { complaintWithOwnNames, withTakenNames } from "./tool-names.ts";

const WIRES = WRITTEN_WIRES.flatMap(({ name, outbound }) =>
  outbound === undefined ? [] : [[name, outbound] as const],
);

function requestWith(tools: readonly string[], chosen?: string, called: readonly string[] = []): Request {
  return {
    stream: false,
    sampling: {},
    extra: {},
    providerOptions: {},
    tools: tools.map((name) => ({ kind: "function" as const, name })),
    ...(chosen === undefined ? {} : { toolChoice: { mode: "tool" as const, name: chosen } }),
    turns: [
      { role: "user", parts: [{ kind: "text", text: "Hello" }] },
      {
        role: "assistant",
        parts: called.map((name, i) => ({
          kind: "tool-call" as const,
          call: `c${i}`,
          name,
          arguments: "{}",
          by: "client" as const,
          format: "json" as const,
        })),
      },
    ],
  };
}

function namesIn({ tools = [], toolChoice, turns }: Request): string[] {
  return [
    ...tools.flatMap((tool) => (tool.kind === "function" ? [tool.name] : [])),
    ...(toolChoice?.mode === "tool" ? [toolChoice.name] : []),
    ...turns.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === "tool-call" ? [part.name] : []))),
  ];
}

const called = (name: string, by: "client" | "provider" = "client"): Event => ({
  type: "block-start",
  index: 0,
  block: { kind: "tool-call", call: "c", name, by, format: "json" },
});

/** Names of every length around the limits, that begin alike, and of letters that nobody takes. */
const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }),
  fc
    .tuple(fc.constantFrom(50, 63, 64, 65, 127, 128, 129), fc.constantFrom("", "a", "b", ".", "/read"))
    .map(([length, end]) => `${"mcp__server__".repeat(12).slice(0, length)}${end}`),
);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 12 });

describe.each(WIRES)("at %s", (_, { toolName }) => {
  test("every name is one that is taken, each another, and comes back as the client's own", () => {
    fc.assert(
      fc.property(names, (all) => {
        const asked = requestWith(all, all[0], all);
        const { request, names } = withTakenNames(asked, toolName);
        const theirs = namesIn(request);
        for (const one of theirs) expect(one).toMatch(toolName);
        expect(new Set(theirs.slice(0, all.length)).size).toBe(all.length);
        // Offered, chosen and called it has the same name.
        expect(theirs).toEqual([...theirs.slice(0, all.length), theirs[0]!, ...theirs.slice(0, all.length)]);
        const filter = eventFilter({ answerTool: undefined, hideReasoning: false, names });
        const back = theirs.map((one) => {
          const [event] = filter?.(called(one)) ?? [called(one)];
          return event?.type === "block-start" && event.block.kind === "tool-call" ? event.block.name : undefined;
        });
        expect(back).toEqual(namesIn(asked));
      }),
    );
  });

  test("a name has the same stand-in in every turn, whatever stands beside it", () => {
    fc.assert(
      fc.property(names, names, (some, others) => {
        const [one] = some;
        const alone = namesIn(withTakenNames(requestWith([one!]), toolName).request)[0]!;
        fc.pre(!others.includes(alone) && !some.includes(alone));
        const beside = requestWith([...new Set([...others, ...some])]);
        const place = namesIn(beside).indexOf(one!);
        expect(namesIn(withTakenNames(beside, toolName).request)[place]).toBe(alone);
      }),
    );
  });

  test("where all are taken, nothing is touched", () => {
    const asked = requestWith(["get_weather", "Read-2"], "get_weather", ["get_weather"]);
    const given = withTakenNames(asked, toolName);
    expect(given.request).toBe(asked);
    expect(given.names).toBeUndefined();
  });

  test("a stand-in does not take the name of another tool", () => {
    const long = "x".repeat(200);
    const standIn = namesIn(withTakenNames(requestWith([long]), toolName).request)[0]!;
    const [first, second] = namesIn(withTakenNames(requestWith([long, standIn]), toolName).request);
    expect(second).toBe(standIn);
    expect(first).not.toBe(standIn);
    expect(first).toMatch(toolName);
  });
});

test("what a provider ran for itself, and what the model made up, keeps its name", () => {
  const names = new Map([["stand_in", "the.clients"]]);
  const filter = eventFilter({ answerTool: undefined, hideReasoning: false, names })!;
  expect(filter(called("stand_in"))).toEqual([called("the.clients")]);
  expect(filter(called("stand_in", "provider"))).toEqual([called("stand_in", "provider")]);
  expect(filter(called("made_up"))).toEqual([called("made_up")]);
});

test("a complaint of a tool has the client's own name for it", () => {
  const { request, names } = withTakenNames(requestWith(["files.$&search"]), /^[a-z_]{1,64}$/);
  const [theirs] = namesIn(request);
  const complaint = (name: string) =>
    new GatewayError("upstream_invalid_request", `Invalid schema for function '${name}'.`, { param: "tools" });
  const told = complaintWithOwnNames(complaint(theirs!), names);
  expect([told.code, told.message, told.details]).toEqual([
    "upstream_invalid_request",
    "Invalid schema for function 'files.$&search'.",
    complaint("").details,
  ]);
  const other = complaint("another");
  expect(complaintWithOwnNames(other, names)).toBe(other);
  expect(complaintWithOwnNames(other)).toBe(other);
});

test("a name that is empty stays so: the provider refuses it", () => {
  const asked = requestWith([""]);
  expect(withTakenNames(asked, /^[a-z]{1,64}$/).request).toBe(asked);
});
