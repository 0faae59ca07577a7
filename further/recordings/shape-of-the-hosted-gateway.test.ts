import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import { fold } from "../../src/core/message.ts";
import { CLOSING, STAMP } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import { tell } from "../../test/support/wire-fixtures.ts";
import { answerOf, eventsOf } from "./support/answers.ts";
import { answered, type Exchange, titled } from "./support/exchanges.ts";
import { payloads } from "./support/reading.ts";

/** Our replies beside those of the hosted gateway: the same members in the same order, and the same rules for chunks. */

// biome-ignore lint/suspicious/noExplicitAny: JSON, read where it is expected
type Loose = any;

const door = wireNamed("openai-chat").inbound!;
const clean = answered.filter((one) => !(answerOf(one) instanceof GatewayError));
const hosted = clean.filter(({ folder }) => folder === "vercel-gateway");

const replyTo = (one: Exchange): Loose =>
  JSON.parse(JSON.stringify(door.transcode!.encodeReply(fold(eventsOf(one)), STAMP, CLOSING)));
const told = (one: Exchange) => tell(door, eventsOf(one));

/** The members of an object by their path, in the order in which they stand. Lists are looked into at their first. */
function membersOf(value: Loose, path = ""): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : membersOf(value[0], `${path}[]`);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = `${path}.${name}`;
    // What each provider tells of itself has members of its own.
    return name === "provider_metadata" ? [at] : [at, ...membersOf(inner, at)];
  });
}

/** Not in every reply, wherever it comes from: said when there is something to say. */
const OPTIONAL =
  /\.(reasoning|reasoning_details|tool_calls|images|annotations|refusal|service_tier|estimated)(\[\]|\.|$)/;
/** What the contract has more than these recordings, or we more than the contract: told, not invented. */
const OURS =
  /\.(annotations|images|refusal|estimated)(\[\]|\.|$)|\.custom(\.|$)|_details\.(audio_tokens|image_tokens|video_tokens)$|reasoning_details\[\]\.(id|data|summary|text|signature)$/;
/** Told by them as zero where nobody knows; here absent is not zero. */
const UNTOLD = /\.(cached_tokens|audio_tokens|video_tokens|image_tokens|reasoning_tokens|cache_creation_input_tokens)$/;

describe("a reply has the members of the hosted gateway's, in their order", () => {
  const theirs = hosted.filter(({ stream }) => !stream).map((one) => membersOf(JSON.parse(one.text)));
  const known = new Set(theirs.flat());
  const always = [...known].filter((path) => theirs.every((members) => members.includes(path)));
  test.each(titled(clean))("%s", (_, one) => {
    const ours = membersOf(replyTo(one));
    expect(ours.filter((path) => !known.has(path) && !OURS.test(path))).toEqual([]);
    expect(always.filter((path) => !ours.includes(path) && !UNTOLD.test(path) && !OPTIONAL.test(path))).toEqual([]);
    // Two members that both know stand in the same order.
    for (const members of theirs) {
      const both = members.filter((path) => ours.includes(path) && path.split(".").length === 2);
      expect(ours.filter((path) => both.includes(path))).toEqual(both);
    }
  });
});

/** The rules of contract 3.1.9, as a list of what breaks them. */
function broken(sse: string): string[] {
  const chunks = payloads(sse);
  const faults: string[] = [];
  const must = (holds: boolean, rule: string) => holds || faults.push(rule);
  const [first] = chunks;
  const last = chunks.at(-1);
  must(/data: \[DONE\]\s*$/.test(sse), "[DONE] is last");
  // A ping of the provider's is a comment here, to keep the connection alive.
  must(!/^(event|id|retry):/m.test(sse), "only data lines");
  must(JSON.stringify(first.choices[0].delta) === '{"role":"assistant"}', "the first chunk is the role alone");
  for (const name of ["id", "created", "model", "system_fingerprint"])
    must(new Set(chunks.map((chunk) => chunk[name])).size === 1, `${name} is the same in all`);
  const calls = new Set<number>();
  for (const chunk of chunks) {
    const [choice, ...others] = chunk.choices;
    must(chunk.object === "chat.completion.chunk" && others.length === 0, "one choice in a chunk");
    must(
      Object.keys(choice).join() === "index,delta,logprobs,finish_reason" && choice.index === 0,
      "a choice's members",
    );
    const said = Object.keys(choice.delta).join();
    const isLast = chunk === last;
    must(isLast === (choice.finish_reason !== null), "the last finishes, no other");
    must(
      isLast === (chunk.usage !== undefined && chunk.generationId !== undefined),
      "the last has the usage, no other",
    );
    must(
      isLast
        ? said === "provider_metadata"
        : /^(role|content|refusal|reasoning,reasoning_details|reasoning_details|tool_calls|images|annotations)$/.test(
            said,
          ),
      `one kind of delta in a chunk: ${said}`,
    );
    for (const call of choice.delta.tool_calls ?? []) {
      const begins = !calls.has(call.index);
      if (begins) must(call.index === calls.size, "calls count from 0");
      calls.add(call.index);
      const members = Object.keys(call).join();
      must(
        begins ? /^index,id,type,(function|custom)$/.test(members) : /^index,(function|custom)$/.test(members),
        `a call's members: ${members}`,
      );
    }
  }
  return faults;
}

describe("a stream keeps the rules of the hosted gateway's chunks", () => {
  test.each(titled(clean))("%s", (_, one) => expect(broken(told(one))).toEqual([]));
  // The rules are theirs: their own streams keep them.
  test.each(titled(hosted.filter(({ stream }) => stream)))("as they do: %s", (_, one) =>
    expect(broken(one.text)).toEqual([]),
  );
});

describe("what the hosted gateway said is said here in the same chunks", () => {
  test.each(titled(hosted.filter(({ stream }) => stream)))("%s", (_, one) => {
    const deltas = (sse: string) =>
      payloads(sse).map(({ choices: [{ delta, finish_reason }] }: Loose) => {
        const { provider_metadata: _, ...said } = delta;
        // They repeat an empty signature with every piece of thinking.
        for (const detail of said.reasoning_details ?? []) {
          if (detail.signature === "") delete detail.signature;
          // What is sealed has the index of its summaries there; here each detail has one of its own.
          if (detail.type === "reasoning.encrypted") delete detail.index;
        }
        return { said, finish_reason };
      });
    expect(deltas(told(one))).toEqual(deltas(one.text));
  });
});
