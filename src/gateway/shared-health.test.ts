import { describe, expect, test } from "bun:test";
import { KeyRing } from "../access/keys.ts";
import { checkConfig } from "../config/load.ts";
import { GatewayError } from "../core/error.ts";
import type { Entry } from "../counters/board.ts";
import { Health } from "../routing/health.ts";
import { sharedHealth } from "./shared-health.ts";
import { compileSnapshot } from "./snapshot.ts";

const MODEL = "openai/gpt-4o-mini";
const SECRET = "sk-of-the-operator";

/** One of several, whose clock began at another time. */
function replica(startedAt: number) {
  const posted: Entry[] = [];
  const clock = { now: startedAt };
  const now = () => clock.now;
  const health = new Health({ now, failures: 2, cooldownMs: 1000, longestCooldownMs: 8000, random: () => 0.5 });
  const config = checkConfig({ providers: { openai: { api_key: SECRET } } }, "test");
  const { choice } = compileSnapshot({ config, env: {}, keys: new KeyRing("", new Map()), simulator: undefined });
  const { reader, shareBy } = sharedHealth(health, () => choice);
  shareBy((entry) => posted.push(entry));
  const endpoint = choice.endpoints.get(MODEL)!.find(({ provider }) => provider === "openai")!;
  const way = { endpoint, credential: choice.credentials.get("openai")![0]! };
  const attempt = (error?: GatewayError) => {
    const seen = { startedAt: clock.now, firstContentAt: undefined, endedAt: clock.now + 1, error };
    clock.now++;
    health.of(way)!.pass();
    health.of(way)!.ended(seen);
  };
  return { posted, clock, health, reader, way, attempt };
}

const limited = new GatewayError("upstream_rate_limited", "slow down", { retryAfterMs: 700 });
const down = new GatewayError("upstream_error", "down");

test("a credential that must wait waits at the other for as long, whatever the clocks say, and no longer than it works", () => {
  const [one, other] = [replica(5), replica(1e9)];
  one.attempt(limited);
  expect(one.posted).toEqual([
    { topic: '["openai",null,null]', text: '{"state":"open","code":"upstream_rate_limited","told":true}', forMs: 700 },
  ]);
  other.reader.read(one.posted.pop()!);
  expect(other.health.rank(other.way)).toBe("down");
  other.clock.now += 699;
  expect(other.health.rank(other.way)).toBe("down");
  one.clock.now += 700;
  other.clock.now += 50;
  one.attempt();
  const [closed] = one.posted;
  expect(closed).toEqual({ topic: '["openai",null,null]', text: '{"state":"closed","agoMs":1}', forMs: 0 });
  other.reader.read(closed!);
  expect(other.health.of(other.way)!.state(other.clock.now)).toBe("closed");
  expect(other.posted).toEqual([]);
});

test("an endpoint that fails is left alone at the other, its credential is not", () => {
  const [one, other] = [replica(0), replica(0)];
  one.attempt(down);
  one.attempt(down);
  expect(one.posted.map(({ topic }) => topic)).toEqual(['["openai",null,"openai:gpt-4o-mini"]']);
  other.reader.read(one.posted[0]!);
  expect(other.health.rank(other.way)).toBe("down");
  expect([...other.health.states()].map(({ endpoint, state }) => [endpoint.id, state])).toEqual([
    ["openai:gpt-4o-mini", "open"],
  ]);
});

test("all that may be told has a name, and no name holds a secret", () => {
  const { reader } = replica(0);
  const topics = reader.topics();
  expect(topics).toContain('["openai",null,null]');
  expect(topics).toContain('["openai",null,"openai:gpt-4o-mini"]');
  expect(new Set(topics).size).toBe(topics.length);
  expect(topics.join()).not.toContain(SECRET);
});

describe("nonsense is passed over", () => {
  const topic = '["openai",null,null]';
  const good = { topic, text: '{"state":"open","code":"upstream_error","told":true}', forMs: 700 };
  test.each<Entry>([
    { ...good, topic: '["nobody",null,null]' },
    { ...good, topic: "__proto__" },
    { ...good, forMs: 0 },
    { ...good, forMs: -1 },
    { ...good, text: "" },
    { ...good, text: "{" },
    { ...good, text: "null" },
    { ...good, text: '{"state":"open"}' },
    { ...good, text: '{"state":"open","code":"toString"}' },
    { ...good, text: '{"state":"ajar","code":"upstream_error"}' },
  ])("%p", (entry) => {
    const { reader, health, way } = replica(0);
    reader.read(entry);
    expect(health.rank(way)).toBe("up");
    reader.read(good);
    expect(health.rank(way)).toBe("down");
  });

  test.each(['{"state":"closed"}', '{"state":"closed","agoMs":-1}', '{"state":"closed","agoMs":"0"}'])("%s", (text) => {
    const { reader, health, way } = replica(0);
    reader.read(good);
    reader.read({ topic, text, forMs: 0 });
    expect(health.rank(way)).toBe("down");
  });
});

test("a credential that is there only by now is told of, and heard of", () => {
  const config = checkConfig({ providers: { openai: { api_key: SECRET } } }, "test");
  const { choice: whole } = compileSnapshot({
    config,
    env: {},
    keys: new KeyRing("", new Map()),
    simulator: undefined,
  });
  let choice = { ...whole, credentials: new Map(whole.credentials).set("openai", []) };
  const health = new Health({ now: () => 0, failures: 2, cooldownMs: 1, longestCooldownMs: 1, random: () => 0.5 });
  const posted: Entry[] = [];
  const { reader, shareBy } = sharedHealth(health, () => choice);
  shareBy((entry) => posted.push(entry));
  expect(reader.topics()).toEqual([]);
  choice = { ...whole, credentials: new Map(whole.credentials) };
  expect(reader.topics()).toContain('["openai",null,null]');
  const endpoint = whole.endpoints.get(MODEL)!.find(({ provider }) => provider === "openai")!;
  const way = { endpoint, credential: whole.credentials.get("openai")![0]! };
  health.of(way)!.pass();
  health.of(way)!.ended({ startedAt: 0, firstContentAt: undefined, endedAt: 1, error: limited });
  expect(posted).toHaveLength(1);
});
