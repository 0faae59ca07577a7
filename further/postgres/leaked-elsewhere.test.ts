import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { newKey } from "../../src/access/keys.ts";
import { Keys } from "../../src/admin/keys.ts";
import { Watch } from "../../src/store/watch.ts";
import { type Bank, openBank } from "../../test/budgets/support.ts";
import { until } from "../redis/server.ts";
import { ask } from "./asked.ts";
import { Postgres } from "./server.ts";
import { ended, Way } from "./way.ts";

/** A key that was found is reported to a replica that has not heard of it yet. */

const postgres = new Postgres();
let way: Way;
let one: Bank;
let other: Bank;
const { look, catchUp } = Watch.prototype;
const { leaked } = Keys.prototype;
beforeAll(async () => {
  await postgres.start();
  const url = await postgres.database();
  way = new Way(url);
  await way.open();
  const common = { secret: "a-secret-of-the-operator-for-all-replicas" };
  one = await openBank({ config: { ...common, database: { url: way.url } } });
  other = await openBank({ config: { ...common, database: { url } } });
}, 60_000);
afterEach(() => {
  Watch.prototype.look = look;
  Watch.prototype.catchUp = catchUp;
  Keys.prototype.leaked = leaked;
});
afterAll(async () => {
  one.gateway.complaints.length = 0;
  await ended(one);
  await other.stop();
  await postgres.remove();
});

/** Nobody hears of what another does, unless they ask. */
function deaf(): void {
  Watch.prototype.look = () => {};
}

/** Whoever finds a key shows no token. */
async function report({ gateway }: Bank, key: string): Promise<[status: number, said: unknown]> {
  const reply = await fetch(`${gateway.url}/external/compromised_secret`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ secret: { api_key: key } }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  const body: any = await reply.json();
  return [reply.status, body.status ?? body.error.code];
}

const RECEIVED: [number, string] = [200, "received"];

test("one that another has just made is shut", async () => {
  deaf();
  const { key, id } = (await other.admin("POST", "/admin/keys", { name: "k" })).body;
  expect([await ask(one, key), await ask(other, key)]).toEqual([401, 200]);
  expect(await report(one, key)).toEqual(RECEIVED);
  expect((await other.admin("GET", `/admin/keys/${id}`)).body.leaked_at).toBeString();
  Watch.prototype.look = look;
  await until(async () => (await ask(other, key)) === 401);
});

test("and so is the secret that another has given a key that is known", async () => {
  const { id, key: before } = (await one.admin("POST", "/admin/keys", { name: "k" })).body;
  await until(async () => (await ask(other, before)) === 200);
  deaf();
  const { key } = (await other.admin("POST", `/admin/keys/${id}/rotate`, { overlap_seconds: 600 })).body;
  expect([await ask(one, key), await ask(other, key)]).toEqual([401, 200]);
  expect(await report(one, key)).toEqual(RECEIVED);
  expect((await other.admin("GET", `/admin/keys/${id}`)).body.leaked_at).toBeString();
});

test("where the database cannot be asked nobody says that it was received: what is no key is, for nothing is asked", async () => {
  deaf();
  const { key } = (await other.admin("POST", "/admin/keys", { name: "k" })).body;
  await way.cut();
  expect(await report(one, key)).toEqual([503, "database_unavailable"]);
  expect(await report(one, "hg_that_is_none")).toEqual(RECEIVED);
  await way.open();
  await until(async () => (await report(one, key))[0] === 200);
  expect(await ask(one, key)).toBe(401);
  Watch.prototype.look = look;
  await until(async () => (await ask(other, key)) === 401);
});

test("as many as come at once have it asked once more than it is being asked", async () => {
  let [asked, heard] = [0, 0];
  Keys.prototype.leaked = function (...told) {
    heard++;
    return leaked.apply(this, told);
  };
  const waiting: (() => void)[] = [];
  Watch.prototype.catchUp = async function (topic) {
    asked++;
    await new Promise<void>((goOn) => waiting.push(goOn));
    return catchUp.call(this, topic);
  };
  const { key, id } = (await other.admin("POST", "/admin/keys", { name: "k" })).body;
  const first = report(one, newKey());
  await until(async () => asked === 1);
  const late = Array.from({ length: 20 }, () => report(one, newKey()));
  late.push(report(one, key));
  await until(async () => heard === 22);
  waiting.shift()!();
  await first;
  await until(async () => asked === 2);
  waiting.shift()!();
  expect(await Promise.all(late)).toEqual(late.map(() => RECEIVED));
  expect(asked).toBe(2);
  expect((await other.admin("GET", `/admin/keys/${id}`)).body.leaked_at).toBeString();
});
