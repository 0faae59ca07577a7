import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const OLD = "0123456789abcdef0123456789abcdef";
const NEW = "fedcba9876543210fedcba9876543210";
const SECRET = "sk-entered-0123456789abcdefghij";
const ROOT = join(import.meta.dir, "..", "..");
const AT = "/admin/providers/groq/credentials";

let data: string;
let file: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "headgate-secrets-"));
  file = join(data, "headgate.yaml");
  writeFileSync(file, "providers: { groq: { base_url: http://127.0.0.1:9/v1 } }\n");
});
afterEach(() => rmSync(data, { recursive: true }));

async function command(args: string[], env: Record<string, string>) {
  const child = Bun.spawn([process.execPath, join(ROOT, "src/main.ts"), ...args, "--config", file, "--data", data], {
    env: { PATH: process.env.PATH, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, said: out + err };
}

function ask(at: RunningGateway, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(at.url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function running<T>(secrets: object, then: (at: RunningGateway) => Promise<T>): Promise<T> {
  const providers = { groq: { base_url: "http://127.0.0.1:9/v1" } };
  const at = await startGateway({ config: { admin_token: TOKEN, data, providers, ...secrets } });
  try {
    return await then(at);
  } finally {
    await at.stop().catch(() => {});
  }
}

/** Why each credential is not asked. */
const problems = (secrets: object) =>
  running(secrets, async (at) =>
    (await jsonOf(await ask(at, "GET", AT))).data.map(({ problem }: { problem?: string }) => problem ?? null),
  );

test("a secret is changed: with both, resealed, and with the new one alone", async () => {
  await running({ secret: OLD }, (at) => ask(at, "POST", AT, { name: "blue", api_key: SECRET }));
  await expect(problems({ secret: NEW })).rejects.toThrow("HEADGATE_SECRET is another one");
  expect(await problems({ secret: NEW, secret_previous: OLD })).toEqual([null]);
  const env = { HEADGATE_SECRET: NEW, HEADGATE_SECRET_PREVIOUS: OLD };
  const first = await command(["secrets", "reseal"], env);
  expect([first.code, first.said]).toEqual([0, expect.stringContaining("Sealed anew: 1.")]);
  const second = await command(["secrets", "reseal"], env);
  expect([second.code, second.said]).toEqual([0, expect.stringContaining("Sealed anew: 0.")]);
  expect(await problems({ secret: NEW })).toEqual([null]);
  const { data: told } = await running({ secret: NEW }, async (at) => jsonOf(await ask(at, "GET", "/admin/audit")));
  expect(told.map(({ actor, action, target }: Record<string, string>) => [actor, action, target])).toEqual([
    ["operator", "secret.change", "installation"],
    ["operator", "credential.reseal", "groq/blue"],
    ["admin", "credential.create", "groq/blue"],
  ]);
  await expect(problems({ secret: OLD })).rejects.toThrow("HEADGATE_SECRET is another one");
});

test("broken off half-way, all credentials are asked as before, and it goes on where it was", async () => {
  await running({ secret: OLD }, async (at) => {
    for (const name of ["a", "b", "c"]) await ask(at, "POST", AT, { name, api_key: SECRET });
  });
  const stop = (sql: string) => {
    const database = new Database(join(data, "headgate.db"));
    database.run(sql);
    database.close();
  };
  const second = "EXISTS (SELECT 1 FROM credentials WHERE updated_at <> created_at)";
  stop(`CREATE TRIGGER stop BEFORE UPDATE ON credentials WHEN ${second} BEGIN SELECT RAISE(ABORT, 'no disk'); END`);
  const env = { HEADGATE_SECRET: NEW, HEADGATE_SECRET_PREVIOUS: OLD };
  expect((await command(["secrets", "reseal"], env)).code).not.toBe(0);
  stop("DROP TRIGGER stop");
  expect(await problems({ secret: NEW, secret_previous: OLD })).toEqual([null, null, null]);
  // Neither alone is enough: that is said, and nothing is lost.
  await expect(problems({ secret: NEW })).rejects.toThrow("HEADGATE_SECRET is another one");
  expect(await problems({ secret: OLD })).toContain("it was sealed under another HEADGATE_SECRET");
  await running({ secret: OLD }, async (at) => {
    const all: { name: string; problem?: string }[] = (await jsonOf(await ask(at, "GET", AT))).data;
    for (const { name, problem } of all) {
      expect((await jsonOf(await ask(at, "PATCH", `${AT}/${name}`, { weight: 7 }))).weight).toBe(7);
      // The name is a part of what it is sealed for: it cannot be sealed for another.
      const { status } = await ask(at, "PATCH", `${AT}/${name}`, { name: `${name}${name}` });
      expect(status).toBe(problem === undefined ? 200 : 400);
    }
  });
  const { code, said } = await command(["secrets", "reseal"], env);
  expect([code, said]).toEqual([0, expect.stringContaining("Sealed anew: 2.")]);
  expect(await problems({ secret: NEW })).toEqual([null, null, null]);
});

test("what opens under neither, since its address is another by now, is named and left", async () => {
  await running({ secret: OLD }, (at) => ask(at, "POST", AT, { name: "blue", api_key: SECRET }));
  writeFileSync(file, "providers: { groq: { base_url: http://127.0.0.1:10/v1 } }\n");
  const { code, said } = await command(["secrets", "reseal"], { HEADGATE_SECRET: NEW, HEADGATE_SECRET_PREVIOUS: OLD });
  expect([code, said]).toEqual([1, expect.stringContaining("groq/blue cannot be opened")]);
});

test("what is told wrongly is said, and changes nothing", async () => {
  await running({ secret: OLD }, (at) => ask(at, "POST", AT, { name: "blue", api_key: SECRET }));
  for (const [args, env, why] of [
    [["secrets"], {}, "headgate secrets reseal"],
    [["secrets", "resell"], {}, "headgate secrets reseal"],
    [["secrets", "reseal"], { HEADGATE_SECRET: NEW }, "HEADGATE_SECRET_PREVIOUS"],
    [["secrets", "reseal"], { HEADGATE_SECRET: NEW, HEADGATE_SECRET_PREVIOUS: NEW }, "neither"],
    [["secrets", "reseal"], { HEADGATE_SECRET: NEW, HEADGATE_SECRET_PREVIOUS: "short" }, "secret_previous"],
  ] as const) {
    const { code, said } = await command([...args], env);
    expect([code === 0, said]).toEqual([false, expect.stringContaining(why)]);
    expect(said).not.toContain(NEW);
  }
  expect(await problems({ secret: OLD })).toEqual([null]);
});
