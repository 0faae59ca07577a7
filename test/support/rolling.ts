import { sized } from "./figures.ts";
import { dataOf } from "./gateway.ts";
import type { Child } from "./process.ts";

/** Beside other tests fewer: what a busy machine is late with comes at once, and a crowd may be told to come again. */
const PER_SECOND = sized(100, 300);
/** How long the longest answers take: more than a balancer's notice. */
const LONG_MS = sized(300, 3000);
/** How often a balancer asks who is ready. */
const LOOK_MS = 100;

export interface Rolling {
  /** Starts the gateway in this place, also after it has ended. */
  start(place: number): Promise<Child & { url: string }>;
  places: number;
  restarts: number;
  /** So many at the least, and for as long as there are restarts. */
  requests: number;
  key: string;
}

export interface Rolled {
  /** Ids of those that were answered well. */
  readonly ids: readonly string[];
  readonly failures: readonly string[];
}

/** Restarts one gateway after the other, under load and behind a balancer that asks who is ready. All of them are killed at the end. */
export async function restartsUnderLoad({ start, places, restarts, requests, key }: Rolling): Promise<Rolled> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const running = await Promise.all(Array.from({ length: places }, (_, place) => start(place)));
  /** What the balancer found when it looked last. */
  const up = new Set(running.map(({ url }) => url));
  let over = false;
  const balancer = (async () => {
    for (; !over; await Bun.sleep(LOOK_MS))
      await Promise.all(
        running.map(async ({ url }) => {
          if (await ready(url)) up.add(url);
          else up.delete(url);
        }),
      );
  })();

  const failures: string[] = [];
  const ids: string[] = [];
  const ask = async (i: number) => {
    const [url = "nobody is ready"] = [...up].slice(i % Math.max(1, up.size));
    const stream = i % 2 === 0;
    const model = i % 3 === 0 ? "anthropic/claude-sonnet-4.5" : "openai/gpt-5";
    const content = i % 100 === 0 ? `[sim tokens=30 every=${LONG_MS / 30}ms]` : "[sim tokens=4 every=2ms]";
    const body = JSON.stringify({ model, stream, messages: [{ role: "user", content }] });
    try {
      const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      if (stream && dataOf(text).at(-1) !== "[DONE]") throw new Error(`cut: ${text.slice(-100)}`);
      ids.push(response.headers.get("x-request-id")!);
    } catch (thrown) {
      failures.push(String(thrown));
    }
  };
  let restarting = true;
  const load = (async () => {
    const all: Promise<void>[] = [];
    for (const began = performance.now(); restarting || all.length < requests; await Bun.sleep(5))
      while (all.length < ((performance.now() - began) / 1000) * PER_SECOND) all.push(ask(all.length));
    await Promise.all(all);
  })();
  for (let i = 0; i < restarts; i++) {
    const place = i % places;
    const old = running[place]!;
    old.kill("SIGTERM");
    const code = await old.exited;
    if (code !== 0) failures.push(`ended with ${code}: ${old.stderr}`);
    up.delete(old.url);
    running[place] = await start(place);
    const { url } = running[place]!;
    while (!up.has(url)) await Bun.sleep(LOOK_MS);
  }
  restarting = false;
  await load;
  over = true;
  await balancer;
  // Every reply has come, and with it its row.
  for (const gateway of running) gateway.kill("SIGKILL");
  await Promise.all(running.map(({ exited }) => exited));
  return { ids, failures };
}

export function ready(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status === 200;
    },
    () => false,
  );
}
