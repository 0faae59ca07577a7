import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Loose } from "./client.ts";
import { DOORS, type Door } from "./reasoning-doors.ts";
import {
  NATIVES,
  type Native,
  type NativesUnderTest,
  NEXT,
  nativeOf,
  RESULT,
  startNatives,
} from "./reasoning-natives.ts";

/**
 * Conversations with thinking and tools, from every door to every wire: what a provider gets in the second and the third request is
 * what its own client would send, to the letter, also where somebody else has answered in between.
 */

let there: NativesUnderTest;
beforeAll(async () => {
  there = await startNatives();
});
afterAll(() => there.stop());
beforeEach(() => {
  there.bodies.length = 0;
});

const FIRST = "What is the weather in Oslo and Tromsø?";
const only = (provider: string) => ({
  model: NATIVES[provider]!.model,
  providerOptions: { gateway: { only: [provider] } },
});

const PAIRS = DOORS.flatMap((door) => Object.keys(NATIVES).map((provider) => [door.name, provider, door] as const));

/** Words of thinking that nobody signed have no mark of who thought them in these two doors, and Gemini does not need them back. */
function expected(door: Door, provider: string, history: Loose): Loose {
  if (provider !== "google" || door.name === "chat") return history;
  return history.map(({ role, parts }: Loose) => ({ role, parts: parts.filter(({ thought }: Loose) => !thought) }));
}

async function begin(door: Door, provider: string, stream: boolean) {
  const first = await door.ask(there.gateway, door.begin(FIRST), { stream, ...only(provider) });
  expect(first.calls).toHaveLength(2);
  return [...door.begin(FIRST), ...first.turn, ...door.results(first.calls, RESULT)];
}

const historyOf = (native: Native) => native.history(there.bodies.at(-1));

describe.each(PAIRS)("from the door %s to %s", (_, provider, door) => {
  const native = nativeOf(provider, door.name);

  test.each([false, true])("each turn goes back as it came (streamed: %p)", async (stream) => {
    const history = await begin(door, provider, stream);
    const second = await door.ask(there.gateway, history, { stream, ...only(provider) });
    expect(historyOf(native)).toEqual(expected(door, provider, native.second));
    expect(second.text).toBe("Warm.");
    const longer = [...history, ...second.turn, ...door.begin(NEXT)];
    await door.ask(there.gateway, longer, { stream, ...only(provider) });
    expect(historyOf(native)).toEqual(expected(door, provider, native.third));
    expect(there.bodies).toHaveLength(3);
  });

  const others = Object.keys(NATIVES).filter((other) => other !== provider);
  test.each(others)("after an answer of %s and back, its own is still its own", async (other) => {
    const history = await begin(door, provider, true);
    const second = await door.ask(there.gateway, history, { stream: true, ...only(other) });
    expect(second.text).toBe("Warm.");
    const longer = [...history, ...second.turn, ...door.begin(NEXT)];
    await door.ask(there.gateway, longer, { stream: false, ...only(provider) });
    const mine = expected(door, provider, native.second);
    expect(historyOf(native).slice(0, mine.length)).toEqual(mine);
    // What the other thought is no thought of this one's; that both are Claude's is.
    const told = JSON.stringify(historyOf(native).slice(mine.length));
    const isClaude = [provider, other].every((name) => NATIVES[name]!.model.startsWith("anthropic/"));
    expect(told.includes("c2lnMg==") || told.includes("gAAAAAB2")).toBe(isClaude);
  });
});
