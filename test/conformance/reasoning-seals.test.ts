import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Loose } from "./client.ts";
import { DOORS, spoiled, startThinkers, THINKERS, type ThinkersUnderTest } from "./reasoning-doors.ts";

/**
 * A conversation whose seals do not hold where it goes on: minted by another account, or changed on their way. The providers, in the
 * simulator's bytes, refuse them as the real ones do; the client is answered all the same, and told.
 */

let there: ThinkersUnderTest;
beforeAll(async () => {
  there = await startThinkers();
});
afterAll(() => there.stop());
beforeEach(() => there.simulator.forget());

const FIRST = "[sim think=6 every=0] Use get_weather";
const PAIRS = DOORS.flatMap((door) => Object.keys(THINKERS).map((provider) => [door.name, provider, door] as const));

describe.each(PAIRS)("from the door %s to %s", (_, provider, door) => {
  const model = THINKERS[provider]!;
  const only = (more: Loose = {}) => ({ providerOptions: { gateway: { only: [provider], ...more } } });

  test.each([false, true])("thinking that is refused is left out, once, and told (streamed: %p)", async (stream) => {
    const first = await door.ask(there.gateway, door.begin(FIRST), { model, stream, ...only() });
    expect(first.calls).toHaveLength(1);
    const history = [...door.begin(FIRST), ...first.turn];
    const spoiledHistory = spoiled(history);
    expect(spoiledHistory).not.toEqual(history);
    there.simulator.forget();

    const results = door.results(first.calls, "21 degrees");
    const second = await door.ask(there.gateway, [...spoiledHistory, ...results], { model, stream, ...only() });
    expect(second.text).toContain("21 degrees");
    expect(second.metadata.dropped).toContain(door.seals);
    expect(there.simulator.requests.map(({ status }) => status)).toEqual([400, 200]);
    const row = there.gateway.row(second.metadata.generationId)!;
    expect(row.error).toBeNull();
    expect(JSON.parse(row.attempts).map(({ error = null }: Loose) => error)).toEqual(["upstream_seal_refused", null]);
  });

  test("what was not changed is taken, at the first try", async () => {
    const first = await door.ask(there.gateway, door.begin(FIRST), { model, stream: false, ...only() });
    there.simulator.forget();
    const history = [...door.begin(FIRST), ...first.turn, ...door.results(first.calls, "21 degrees")];
    const second = await door.ask(there.gateway, history, { model, stream: false, ...only() });
    expect(second.text).toContain("21 degrees");
    expect(there.simulator.requests).toHaveLength(1);
  });

  test("a client that wants all or nothing gets nothing", async () => {
    const first = await door.ask(there.gateway, door.begin(FIRST), { model, stream: false, ...only() });
    const history = [...spoiled([...door.begin(FIRST), ...first.turn]), ...door.results(first.calls, "21 degrees")];
    const failed: Loose = await door
      .ask(there.gateway, history, { model, stream: false, ...only({ strict: true }) })
      .catch((thrown: unknown) => thrown);
    expect(failed.status).toBe(400);
    expect(failed.message).toContain("would be left out");
  });
});
