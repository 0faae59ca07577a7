import { afterAll, beforeAll, expect, setSystemTime, test } from "bun:test";
import { authenticate } from "../../src/access/authenticate.ts";
import { type Key, KeyRing, keyHash, newKey } from "../../src/access/keys.ts";
import { ask, chat, KEYS, made, TOKEN } from "../access/keys.ts";
import { sized, tell } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(async () => {
  setSystemTime();
  await gateway.stop();
});

const DOORS: Record<string, object> = {
  "/v1/chat/completions": chat(),
  "/v1/messages": chat(undefined, { max_tokens: 9 }),
  "/v1/messages/count_tokens": chat(),
  "/v1/responses": { model: "openai/gpt-5", input: "Hello" },
  "/v1/embeddings": { model: "openai/text-embedding-3-small", input: "Hello" },
};

/** All that a client hears that shows this, with its own id and the time taken out. */
async function heard(key: string, path: string): Promise<string> {
  const reply = await gateway.post(path, DOORS[path], { authorization: `Bearer ${key}` });
  const fields = [...reply.headers].filter(([name]) => name !== "date");
  const id = reply.headers.get("x-request-id")!;
  return JSON.stringify([reply.status, fields, await reply.text()]).replaceAll(id, "id");
}

test("whatever is wrong with a key, every door says the same of it", async () => {
  const good = await made(gateway);
  const disabled = await made(gateway, { disabled: true });
  const revoked = await made(gateway);
  expect((await ask(gateway, "DELETE", `${KEYS}/${revoked.id}`)).ok).toBe(true);
  const expired = await made(gateway, { expires_at: new Date(Date.now() + 60_000).toISOString() });
  const rotated = await made(gateway);
  expect((await ask(gateway, "POST", `${KEYS}/${rotated.id}/rotate`, { overlap_seconds: 0 })).ok).toBe(true);
  setSystemTime(new Date(Date.now() + 120_000));
  const tail = good.key.endsWith("0") ? "1" : "0";
  const wrong: Record<string, string> = {
    unknown: newKey(),
    disabled: disabled.key,
    revoked: revoked.key,
    expired: expired.key,
    rotated: rotated.key,
    "of a wrong tail": good.key.slice(0, -1) + tail,
    "of a wrong secret and a right checksum": `${newKey().slice(0, 46)}${good.key.slice(46)}`,
    "shorter by one": good.key.slice(0, -1),
    "longer by one": `${good.key}0`,
    "no key of ours": "sk-ant-api03-x",
    "the admin token": TOKEN,
    "the hash of one": keyHash(good.key, "secret"),
    "the id of one": good.id,
  };
  for (const path of Object.keys(DOORS)) {
    expect(JSON.parse(await heard(good.key, path))[0]).toBe(200);
    const expected = await heard(newKey(), path);
    expect(JSON.parse(expected)[0]).toBe(401);
    // Twice: what is remembered of them is no other.
    for (const [what, key] of [...Object.entries(wrong), ...Object.entries(wrong)])
      expect([path, what, await heard(key, path)]).toEqual([path, what, expected]);
  }
  setSystemTime();
});

/** Welch's t: by how many of its own uncertainties two means differ. */
function welch(one: readonly number[], two: readonly number[]): number {
  const [a, b] = [one, two].map((all) => {
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const spread = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1);
    return { mean, error: spread / all.length };
  }) as [{ mean: number; error: number }, { mean: number; error: number }];
  return (a.mean - b.mean) / Math.sqrt(a.error + b.error);
}

test("how long a guess takes tells nothing of how near it was", () => {
  const key = newKey();
  const ring = new KeyRing("secret", new Map([[keyHash(key, "secret"), { id: "k", name: "k", disabled: false }]]));
  expect((authenticate(ring, new Headers({ authorization: `Bearer ${key}` })) as Key).id).toBe("k");
  const samples = sized(2000, 20_000);
  /** Right up to its last ten characters, and wrong from the first on: put together alike. */
  const guess = (near: boolean) => {
    const other = newKey();
    const text = near ? key.slice(0, -10) + other.slice(-10) : other.slice(0, -10) + key.slice(-10);
    return { near, headers: new Headers({ authorization: `Bearer ${text}` }) };
  };
  const refuse = (headers: Headers) => {
    const began = Bun.nanoseconds();
    try {
      authenticate(ring, headers);
    } catch {
      return Bun.nanoseconds() - began;
    }
    throw new Error("a guess has opened");
  };
  for (let i = 0; i < 2000; i++) refuse(guess(i % 2 === 0).headers);
  const guesses = Array.from({ length: 2 * samples }, (_, i) => ({ guess: guess(i % 2 === 0), place: Math.random() }));
  const times = guesses
    .sort((a, b) => a.place - b.place)
    .map(({ guess: { near, headers } }) => ({ near, ns: refuse(headers) }));
  // What took longer than nearly all was held up by something else: the same for both, as the method has it.
  const cut = times.map(({ ns }) => ns).sort((a, b) => a - b)[Math.floor(times.length * 0.9)]!;
  const of = (near: boolean) => times.filter((one) => one.near === near && one.ns <= cut).map(({ ns }) => ns);
  const [near, far] = [of(true), of(false)];
  expect(near.length + far.length).toBeGreaterThan(samples);
  tell({ row: "H13", what: "|t| of near guesses against far ones", value: Math.abs(welch(near, far)), atMost: 4.5 });
});

test("the measure finds a difference where there is one", () => {
  const around = (mean: number) => Array.from({ length: 1000 }, (_, i) => mean + (i % 21) - 10);
  expect(Math.abs(welch(around(1000), around(1000)))).toBeLessThan(1);
  expect(Math.abs(welch(around(1000), around(1002)))).toBeGreaterThan(4.5);
});
