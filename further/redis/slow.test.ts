import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tell } from "../../test/support/figures.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Redis, until } from "./server.ts";

/** A real Redis whose answers come two seconds late. Needs `redis-server`. */

const LATE_MS = 2000;
const LONGEST_MS = 60_000;
const TOKEN = "an-admin-token-of-the-operator";

/** Stands between a gateway and Redis, and lets nothing pass before its time. */
class SlowWay {
  lateMs = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(to: number) {
    this.server = createServer((client) => {
      const redis = connect(to, "127.0.0.1");
      for (const [from, into] of [
        [client, redis],
        [redis, client],
      ] as const) {
        this.sockets.add(from);
        // What is said later never comes earlier.
        let last = Promise.resolve();
        from.on("data", (bytes) => {
          const due = performance.now() + (from === redis ? this.lateMs : 0);
          last = last.then(() => Bun.sleep(due - performance.now())).then(() => void into.write(bytes));
        });
        from.on("error", () => {});
        from.on("close", () => into.destroy());
      }
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
    return `redis://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

let redis: Redis;
let way: SlowWay;
let gateway: RunningGateway;
beforeEach(async () => {
  redis = new Redis();
  await redis.start();
  way = new SlowWay(Number(new URL(redis.url).port));
  gateway = await startGateway({
    config: {
      redis: { url: await way.open() },
      admin_token: TOKEN,
      rate_limits: { per_key: { requests_per_minute: 20 } },
    },
  });
});
afterEach(async () => {
  gateway.complaints.length = 0;
  await gateway.stop();
  way.close();
  await redis.stop();
});

const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim tokens=3 every=0]" }] };
const ask = async () => {
  const reply = await gateway.post("/v1/chat/completions", body);
  await reply.arrayBuffer();
  return reply;
};
const mode = async () => (await jsonOf(await gateway.get("/admin/health", { authorization: `Bearer ${TOKEN}` }))).mode;

test(
  "requests go on: limits are kept by each gateway itself as long as it is so, are told, and are shared again afterwards",
  async () => {
    expect((await ask()).status).toBe(200);
    expect((await mode()).limits).toBe("redis");
    way.lateMs = LATE_MS;
    const began = performance.now();
    const replies = [];
    for (let n = 0; n < 30; n++) replies.push(await ask());
    const took = performance.now() - began;
    const statuses = replies.map(({ status }) => status);
    // One waits for as long as it may be waited for; nobody is let in beyond the limit of one gateway.
    const granted = statuses.filter((status) => status === 200).length;
    expect(granted).toBeGreaterThanOrEqual(19);
    expect(granted).toBeLessThanOrEqual(21);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(replies.at(-1)!.headers.get("retry-after")).not.toBeNull();
    expect(await mode()).toMatchObject({ limits: "by_itself" });
    await until(async () => (await mode()).redis === "out_of_reach");
    tell({ row: "U14", what: "30 requests while Redis is 2 s late", value: took, unit: "ms" });
    console.log(`30 requests in ${Math.round(took)} ms`);
    const told = gateway.complaints.map((one) => (one as Error).message);
    expect(told.filter((one) => one.includes("limits"))).toHaveLength(1);
    way.lateMs = 0;
    await until(async () => {
      const { redis, limits } = await mode();
      return redis === "reached" && limits === "redis";
    });
  },
  LONGEST_MS,
);

test(
  "a gateway that begins while it is so serves from the first request on",
  async () => {
    way.lateMs = LATE_MS;
    for (let n = 0; n < 5; n++) expect((await ask()).status).toBe(200);
    expect(await mode()).toMatchObject({ redis: "out_of_reach", limits: "by_itself" });
  },
  LONGEST_MS,
);
