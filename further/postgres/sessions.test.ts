import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { SessionStore } from "../../src/store/sessions.ts";
import { ask } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { cookiesOf, linked, OWN_PAGE, signIn } from "../../test/support/signed-in.ts";
import { until } from "../redis/server.ts";
import { held } from "./gate.ts";
import { Postgres } from "./server.ts";
import { ended, Way } from "./way.ts";

// On a machine that is busy with other things.
setDefaultTimeout(60_000);

/** Who signs in at one of two gateways over one real PostgreSQL is signed in at both. */

const TOKEN = "an-admin-token-of-the-operator";
const postgres = new Postgres();
let [one, other]: RunningGateway[] = [];
let nowMs = Date.now();

beforeAll(async () => {
  await postgres.start();
  const database = { url: await postgres.database() };
  const config = { database, secret: "a-secret-of-the-operator-for-all-replicas", admin_token: TOKEN };
  one = await startGateway({ config, now: () => nowMs });
  other = await startGateway({ config, now: () => nowMs });
});
afterAll(async () => {
  await one?.stop();
  await other?.stop();
  await postgres.remove();
});

const statusAt = async (at: RunningGateway, cookie: string, method = "GET") =>
  (await fetch(`${at.url}/admin/session`, { method, headers: { cookie, ...OWN_PAGE } })).status;

test("a link of one signs in at the other, once between them, and the session is good at both", async () => {
  const link = await linked(one!);
  const replies = await Promise.all([one!, other!, one!, other!].map((at) => signIn(at, { link })));
  expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 401, 401, 401]);
  const cookie = cookiesOf(replies.find(({ status }) => status === 201)!);
  expect([await statusAt(one!, cookie), await statusAt(other!, cookie)]).toEqual([200, 200]);
});

test("who signs out at one is out at the other two seconds later, as is everybody when all are", async () => {
  const sign = async () => cookiesOf(await signIn(one!, { token: TOKEN }));
  const [first, second] = [await sign(), await sign()];
  for (const cookie of [first, second]) expect(await statusAt(other!, cookie)).toBe(200);
  expect([await statusAt(one!, first, "DELETE"), await statusAt(one!, first)]).toEqual([200, 401]);
  nowMs += 2000;
  expect([await statusAt(other!, first), await statusAt(other!, second)]).toEqual([401, 200]);
  expect((await ask(one!, "DELETE", "/admin/sessions", undefined, TOKEN)).status).toBe(200);
  nowMs += 2000;
  expect(await statusAt(other!, second)).toBe(401);
});

const WAYS: Readonly<Record<string, (cookie: string, id: string) => Promise<number>>> = {
  "signs out": (cookie) => statusAt(one!, cookie, "DELETE"),
  "is signed out by another": async (_, id) =>
    (await ask(one!, "DELETE", `/admin/sessions/${id}`, undefined, TOKEN)).status,
  "is signed out with everybody": async () => (await ask(one!, "DELETE", "/admin/sessions", undefined, TOKEN)).status,
};

for (const [how, end] of Object.entries(WAYS))
  test(`who ${how} is out, whatever was asked of the database before, and answered afterwards`, async () => {
    const reply = await signIn(one!, { token: TOKEN });
    const cookie = cookiesOf(reply);
    const { id } = await jsonOf(reply);
    expect(await statusAt(one!, cookie)).toBe(200);
    nowMs += 2000;
    const late = held(SessionStore.prototype, "find", "answer", 1);
    try {
      const asked = statusAt(one!, cookie);
      await until(async () => late.waiting === 1);
      expect(await end(cookie, id)).toBe(200);
      late.open();
      expect([await asked, await statusAt(one!, cookie)]).toEqual([401, 401]);
    } finally {
      late.open();
    }
  });

test("while the database is away who was in stays in and sees what is known without it; nobody comes in, and nobody is told it was them", async () => {
  const way = new Way(await postgres.database());
  await way.open();
  const config = { database: { url: way.url }, secret: "a-secret-of-the-operator-for-one", admin_token: TOKEN };
  const alone = await startGateway({ config, now: () => nowMs });
  try {
    const by = (path: string, cookie: string) => fetch(alone.url + path, { headers: { cookie, ...OWN_PAGE } });
    const [cookie, unused] = [
      cookiesOf(await signIn(alone, { token: TOKEN })),
      cookiesOf(await signIn(alone, { token: TOKEN })),
    ];
    const link = await linked(alone);
    expect((await by("/admin/session", cookie)).status).toBe(200);
    await way.cut();
    nowMs += 60_000;
    for (const path of ["/admin/session", "/admin/health", "/admin/models", "/admin/settings"])
      expect([path, (await by(path, cookie)).status]).toEqual([path, 200]);
    expect((await by("/admin/session", unused)).status).toBe(503);
    for (const told of [{ link }, { token: TOKEN }]) {
      const reply = await signIn(alone, told);
      expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([503, "database_unavailable"]);
    }
    await way.open();
    while ((await by("/admin/session", unused)).status !== 200) await Bun.sleep(50);
    // It was not used up.
    expect((await signIn(alone, { link })).status).toBe(201);
  } finally {
    alone.complaints.length = 0;
    await ended(alone);
    await way.cut();
  }
});
