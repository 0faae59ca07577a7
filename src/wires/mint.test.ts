import { expect, test } from "bun:test";
import type { Event } from "../core/event.ts";
import type { Part, Request } from "../core/request.ts";
import { fromMint, toMint } from "./mint.ts";

const MINT = { wire: "lab-v1", own: "house-lab-v1" };

function requestOf(...parts: Part[]): Request {
  const turns = [
    { role: "user" as const, parts: [{ kind: "text" as const, text: "Hi" }] },
    { role: "assistant" as const, parts },
  ];
  return { turns, stream: false, sampling: {}, extra: {}, providerOptions: {} };
}

const thought = (format: string): Part => ({ kind: "reasoning", text: "", encrypted: "gAAA", format });
const call = (format: string): Part => ({
  kind: "tool-call",
  call: "c",
  name: "f",
  arguments: "{}",
  by: "client",
  format: "json",
  signature: { format, value: "c2ln" },
});

test("what a provider seals has its own name outside", () => {
  const start: Event = {
    type: "block-start",
    index: 0,
    block: { kind: "reasoning", encrypted: "gAAA", format: "lab-v1" },
  };
  const end: Event = { type: "block-end", index: 0, signature: { format: "lab-v1", value: "c2ln" } };
  expect(fromMint(start, MINT)).toEqual({ ...start, block: { ...start.block, format: "house-lab-v1" } } as Event);
  expect(fromMint(end, MINT)).toEqual({ ...end, signature: { format: "house-lab-v1", value: "c2ln" } });
});

test("what it passes on of others, and everything else, is as it was", () => {
  const events: Event[] = [
    { type: "block-start", index: 0, block: { kind: "reasoning", format: "other-v1" } },
    { type: "block-start", index: 0, block: { kind: "reasoning" } },
    { type: "block-start", index: 0, block: { kind: "text" } },
    { type: "block-end", index: 0 },
    { type: "ping" },
  ];
  for (const event of events) expect(fromMint(event, MINT)).toBe(event);
});

test("coming back it is the wire's own, and what others sealed in this wire is nobody's", () => {
  const request = requestOf(
    thought("house-lab-v1"),
    call("house-lab-v1"),
    thought("lab-v1"),
    call("lab-v1"),
    thought("other-v1"),
  );
  const before = structuredClone(request);
  expect(toMint(request, MINT).turns[1]!.parts).toEqual([
    thought("lab-v1"),
    call("lab-v1"),
    thought("unknown"),
    call("unknown"),
    thought("other-v1"),
  ]);
  expect(request).toEqual(before);
  const bare: Part[] = [
    { kind: "reasoning", text: "Hm" },
    { kind: "text", text: "Hi" },
  ];
  expect(toMint(requestOf(...bare), MINT)).toEqual(requestOf(...bare));
});
