import { expect, test } from "bun:test";
import { type Key, KeyRing } from "../access/keys.ts";
import type { KeyRow } from "../store/keys.ts";
import { type KeyShelf, Keys } from "./keys.ts";

/** Two gateways over one table, each with its own memory: what `between` does happens after the next row was read. */
function replicas() {
  const rows = new Map<string, KeyRow>();
  const next: { between?: (() => Promise<unknown>) | undefined } = {};
  const shelf: KeyShelf = {
    insert: (row) => rows.set(row.id, row).size > 0,
    find: async (id) => rows.get(id),
    async replace(row, before) {
      const { between } = next;
      next.between = undefined;
      await between?.();
      const now = rows.get(row.id)!;
      if (now.hash !== before.hash || now.updatedAt !== before.updatedAt || now.revokedAt !== null) return false;
      rows.set(row.id, row);
      return true;
    },
    page: () => [...rows.values()],
    search: () => ({ rows: [...rows.values()] }),
  };
  const gateway = () => {
    const ring = new KeyRing("secret", new Map<string, Key>());
    const keys = new Keys({ shelf, ring, isTeam: () => true, providers: () => new Map() });
    return { ring, keys };
  };
  return { rows, next, one: gateway(), other: gateway() };
}

async function made({ keys }: ReturnType<typeof replicas>["one"]) {
  const id = keys.newId(1000);
  const { secret } = await keys.make(id, await keys.check({ name: "x" }, 1000), 1000);
  return { id, secret };
}

test("what another replica changes meanwhile is not lost", async () => {
  const { rows, next, one, other } = replicas();
  const { id } = await made(one);
  next.between = () => other.keys.adjust(id, { owner: "ada" }, 1000);
  await one.keys.adjust(id, { models: ["a/b"] }, 1000);
  expect(rows.get(id)).toMatchObject({ owner: "ada", policy: '{"models":["a/b"]}' });
});

test("a key that another replica revokes meanwhile stays revoked", async () => {
  const { rows, next, one, other } = replicas();
  const { id, secret } = await made(one);
  next.between = () => other.keys.revoke(id, 1000);
  await expect(one.keys.adjust(id, { name: "y" }, 1000)).rejects.toThrow("There is no key");
  expect(rows.get(id)?.revokedAt).toBe(1000);
  expect(other.ring.find(secret)).toBeUndefined();
});

test("of two rotations at a time the later secret opens, and one of them is told so", async () => {
  const { rows, next, one, other } = replicas();
  const { id } = await made(one);
  let inner = "";
  next.between = async () => {
    inner = (await other.keys.rotate(id, 0, 1000)).secret;
  };
  const { secret } = await one.keys.rotate(id, 0, 1000);
  expect(rows.get(id)?.hash).toBe(one.ring.hashOf(secret));
  expect([one.ring.find(secret)?.id, one.ring.find(inner)]).toEqual([id, undefined]);
});

test("a secret that another replica has taken back meanwhile is reported in vain, and shuts nothing else", async () => {
  const { rows, one, other } = replicas();
  const revoked = await made(one);
  other.ring.put(rows.get(revoked.id)!);
  await one.keys.revoke(revoked.id, 1000);
  expect(await other.keys.leaked(revoked.secret, 1000)).toBeUndefined();
  const { id, secret } = await made(one);
  other.ring.put(rows.get(id)!);
  await one.keys.rotate(id, 0, 1000);
  const second = await one.keys.rotate(id, 60_000, 1000);
  expect(await other.keys.leaked(secret, 1000)).toBeUndefined();
  expect(rows.get(id)).toMatchObject({ leakedAt: null, previousHash: expect.any(String) });
  expect(await one.keys.leaked(second.secret, 1000)).toEqual({ id, what: "key" });
});

test("changes of one millisecond are told apart, also where the clock goes back", async () => {
  const { rows, one } = replicas();
  const { id } = await made(one);
  const times: unknown[] = [];
  for (const nowMs of [1000, 1000, 500, 2000]) {
    await one.keys.adjust(id, { owner: `at ${nowMs}` }, nowMs);
    times.push(rows.get(id)?.updatedAt);
  }
  expect(times).toEqual([1000, 1001, 1002, 2000]);
});

test("what was read is not forgotten where the database fails: nothing holds that was not kept", async () => {
  const { rows, next, one } = replicas();
  const { id, secret } = await made(one);
  next.between = () => Promise.reject(new Error("the disk is full"));
  await expect(one.keys.revoke(id, 1000)).rejects.toThrow("the disk is full");
  expect([rows.get(id)?.revokedAt, one.ring.find(secret)?.id]).toEqual([null, id]);
  // The next one goes on.
  await one.keys.revoke(id, 1000);
  expect(one.ring.find(secret)).toBeUndefined();
});

test("what is changed along with a key is drawn anew where another replica was faster, and known here only once it holds", async () => {
  const { next, one, other } = replicas();
  const { id } = await made(one);
  const held: number[] = [];
  let drawn = 0;
  const draw = async () => {
    const nth = ++drawn;
    return { statements: [], changes: 0, hold: () => held.push(nth) };
  };
  next.between = () => other.keys.adjust(id, { owner: "ada" }, 1000);
  await one.keys.adjust(id, { name: "y" }, 1000, undefined, draw);
  expect([drawn, held]).toEqual([2, [2]]);
  next.between = () => Promise.reject(new Error("the disk is full"));
  await expect(one.keys.revoke(id, 1000, undefined, draw)).rejects.toThrow("the disk is full");
  expect([drawn, held]).toEqual([3, [2]]);
});
