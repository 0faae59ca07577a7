import { afterEach, beforeEach, expect, test } from "bun:test";
import { RedisClient } from "bun";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Redis, until } from "./server.ts";

/** Two gateways and a real Redis between them. Needs `redis-server`: without one these fail. */

const MODEL = "openai/gpt-4o-mini";
const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o-mini",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

let redis: Redis;
let provider: ReturnType<typeof startProvider>;
const running: RunningGateway[] = [];

beforeEach(async () => {
  redis = new Redis();
  await redis.start();
  provider = startProvider();
});

afterEach(async () => {
  for (const one of running.splice(0)) {
    one.complaints.length = 0;
    await one.stop();
  }
  provider.stop();
  await redis.stop();
});

test("a 429 at one is not asked for again by the other", async () => {
  const [one, other] = [await replica(), await replica()];
  await both(one, other);
  provider.limit("30");
  expect((await ask(one)).status).toBe(429);
  const began = performance.now();
  await until(() => rankAt(other) === "down");
  console.log(`told within ${Math.ceil(performance.now() - began)} ms of the answer`);
  expect([(await ask(other)).status, provider.asked()]).toEqual([429, 1]);
  expect([one.complaints, other.complaints]).toEqual([[], []]);
});

test("a success at one opens the way for the other", async () => {
  const [one, other] = [await replica(), await replica()];
  await both(one, other);
  provider.limit("1");
  expect((await ask(one)).status).toBe(429);
  // It may have waited for long enough by the time it is looked.
  await until(() => ["open", "half-open"].includes(stateAt(other) ?? "unknown"));
  provider.work();
  expect((await ask(one)).status).toBe(200);
  await until(() => stateAt(other) === "closed");
  expect(await redis.keys()).toEqual([]);
});

test("who starts later knows it as well", async () => {
  const one = await replica();
  provider.limit("30");
  expect((await ask(one)).status).toBe(429);
  await until(async () => (await redis.keys()).length > 0);
  const late = await replica();
  await until(() => rankAt(late) === "down");
  expect((await ask(late)).status).toBe(429);
  expect(provider.asked()).toBe(1);
});

test("no secret, nor anything made of one, reaches Redis", async () => {
  const heard: string[] = [];
  const listener = new RedisClient(redis.url);
  await listener.subscribe("headgate:board", (text) => heard.push(text));
  const one = await replica();
  provider.limit("30");
  await ask(one);
  await until(() => heard.length > 0);
  const keys = await redis.keys();
  listener.close();
  expect(keys).toEqual(['headgate:["openai",null,null]']);
  expect(JSON.parse(heard[0]!)).toEqual({
    from: expect.any(String),
    topic: '["openai",null,null]',
    text: '{"state":"open","code":"upstream_rate_limited","told":true}',
    forMs: expect.any(Number),
  });
});

test.each(["SIGSTOP", "SIGKILL"] as const)("%s of Redis fails no request, and it is found again", async (signal) => {
  const [one, other] = [await replica(), await replica()];
  await both(one, other);
  redis.signal(signal);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(i % 2 === 0 ? one : other)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  provider.limit("600");
  expect((await ask(one)).status).toBe(429);
  // The other finds it out by itself: nobody could tell it.
  expect((await ask(other)).status).toBe(429);
  expect(provider.asked()).toBe(22);
  await until(() => one.complaints.length > 0 && other.complaints.length > 0);
  const ready = async () => {
    const response = await one.get("/readyz");
    return [response.status, await response.json()];
  };
  expect(await ready()).toEqual([200, { status: "degraded", missing: ["redis"] }]);
  if (signal === "SIGSTOP") redis.signal("SIGCONT");
  else await redis.start();
  // What was to be told meanwhile is told now.
  await until(async () => (await redis.keys()).length > 0);
  const late = await replica();
  await until(() => rankAt(late) === "down");
  await until(async () => JSON.stringify(await ready()) === '[200,{"status":"ready"}]');
  expect([one.complaints.length, other.complaints.length]).toEqual([1, 1]);
  expect(String(one.complaints[0])).toContain("out of reach");
});

test("a Redis that is full is complained of once, and the others are told all the same", async () => {
  const [one, other] = [await replica(), await replica()];
  await both(one, other);
  await redis.configure("maxmemory", "1");
  provider.limit("30");
  expect((await ask(one)).status).toBe(429);
  await until(() => rankAt(other) === "down");
  await until(() => one.complaints.length > 0);
  // Twice it has tried again by then.
  const tried = await redis.calls("subscribe");
  await until(async () => (await redis.calls("subscribe")) >= tried + 2);
  expect([one.complaints.length, other.complaints.length]).toEqual([1, 0]);
  await redis.configure("maxmemory", "0");
  await until(async () => (await redis.keys()).length > 0);
});

test("a Redis that is in reach and idle is not complained of", async () => {
  const one = await replica();
  // Both connections are asked, again and again.
  const before = await redis.calls("ping");
  await until(async () => (await redis.calls("ping")) >= before + 4);
  expect(one.complaints).toEqual([]);
});

test("a Redis that is not there when the gateway starts, or wants a password, fails no request and shows none", async () => {
  await redis.stop();
  const one = await replica({ url: redis.url.replace("redis://", "redis://someone:sesame-open@") });
  expect((await ask(one)).status).toBe(200);
  await until(() => one.complaints.length > 0);
  expect(String((one.complaints[0] as Error).stack)).not.toContain("sesame");
  await redis.start("--requirepass", "another");
  expect((await ask(one)).status).toBe(200);
});

test("what others write there is passed over unless it is of ours", async () => {
  const one = await replica();
  const other = await replica();
  await both(one, other);
  const writer = new RedisClient(redis.url);
  const topic = '["openai",null,null]';
  const nonsense: unknown[] = [
    null,
    7,
    [],
    "text",
    { topic },
    { topic, text: "{", forMs: 1000 },
    { topic, text: "null", forMs: 1000 },
    { topic, text: '{"state":"open"}', forMs: 1000 },
    { topic, text: '{"state":"open","code":"toString","told":true}', forMs: 1000 },
    { topic, text: '{"state":"open","code":"upstream_error","told":true}', forMs: -1 },
    { topic: '["nobody",null,null]', text: '{"state":"open","code":"upstream_error","told":true}', forMs: 1000 },
  ];
  for (const one of nonsense) await writer.publish("headgate:board", JSON.stringify(one));
  for (const text of ["{", "x".repeat(100_000), ""]) await writer.publish("headgate:board", text);
  await writer.send("LPUSH", [`headgate:${topic}`, "a list"]);
  // What comes after all that is still heard.
  provider.limit("30");
  await writer.publish(
    "headgate:board",
    JSON.stringify({ topic, text: '{"state":"open","code":"upstream_rate_limited","told":true}', forMs: 30_000 }),
  );
  await until(() => rankAt(one) === "down" && rankAt(other) === "down");
  expect(provider.asked()).toBe(0);
  const late = await replica();
  provider.work();
  expect((await ask(late)).status).toBe(200);
  writer.close();
});

async function replica(told: { url?: string } = {}): Promise<RunningGateway> {
  const one = await startGateway({
    remembers: true,
    config: {
      redis: { url: told.url ?? redis.url },
      retries: { same_endpoint: 0 },
      providers: { openai: { api_key: "sk-test-secret-of-ours", base_url: `${provider.url}/v1` } },
    },
  });
  running.push(one);
  return one;
}

const ask = (gateway: RunningGateway) =>
  gateway.post("/v1/chat/completions", {
    model: MODEL,
    messages: [{ role: "user", content: "Hello" }],
    providerOptions: { gateway: { only: ["openai"] } },
  });

function wayOf({ headgate }: RunningGateway) {
  const { endpoints, credentials } = headgate.gateway.snapshot.choice;
  const endpoint = endpoints.get(MODEL)!.find(({ provider }) => provider === "openai")!;
  return { endpoint, credential: credentials.get("openai")![0]! };
}

/** Whether it would be asked at once. */
const rankAt = (gateway: RunningGateway) => gateway.headgate.gateway.health.rank(wayOf(gateway));

function stateAt(gateway: RunningGateway): string | undefined {
  const { health } = gateway.headgate.gateway;
  return health.of(wayOf(gateway))?.state(health.now());
}

/** Both listen: Redis knows of two. */
async function both(...all: RunningGateway[]): Promise<void> {
  await until(async () => (await redis.listeners()) === all.length);
}

function startProvider() {
  let asked = 0;
  let answer = () => Response.json(ANSWER);
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      asked++;
      return answer();
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked: () => asked,
    work: () => {
      answer = () => Response.json(ANSWER);
    },
    limit: (seconds: string) => {
      answer = () =>
        Response.json({ error: { message: "slow down" } }, { status: 429, headers: { "retry-after": seconds } });
    },
    stop: () => server.stop(true),
  };
}
