import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, folder, run, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

const KEY = "a-key-of-the-environment";

function ask(url: string): Promise<Response> {
  const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim tokens=3 every=0]" }] };
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

test("sums are those of the rows also after a kill in the middle of everything; what is not is found, and mended", async () => {
  const cwd = folder();
  const gateway = await startHeadgate([], { cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  const answered = Array.from({ length: 40 }, () => ask(gateway.url).then((reply) => reply.text()));
  await Promise.race(answered);
  const beside = await run(["ledger", "verify"], { cwd });
  expect([beside.code, beside.stderr]).toEqual([0, ""]);
  const early = await run(["ledger", "rebuild"], { cwd });
  expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("another gateway is using the data folder")]);
  gateway.kill("SIGKILL");
  await gateway.exited;
  await Promise.allSettled(answered);

  const after = await run(["ledger", "verify"], { cwd });
  expect([after.code, after.stdout]).toEqual([0, expect.stringContaining("is what the rows say")]);

  const database = new Database(join(cwd, "data", "headgate.db"));
  database.run("UPDATE rollups SET requests = requests + 1, cost = cost - 5");
  database.run("DELETE FROM rollup_days");
  database.close();
  const wrong = await run(["ledger", "verify"], { cwd });
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain("-1 requests and +0.000000005 USD");
  expect(wrong.stdout).toContain("headgate ledger rebuild");
  const mended = await run(["ledger", "rebuild"], { cwd });
  expect([mended.code, mended.stderr]).toEqual([0, ""]);
  expect((await run(["ledger", "verify"], { cwd })).code).toBe(0);
});

test("what it cannot read it says, and makes nothing", async () => {
  const cwd = folder();
  const missing = await run(["ledger", "verify"], { cwd });
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("headgate.db cannot be read")]);
  expect(existsSync(join(cwd, "data"))).toBe(false);
  const unclear = await run(["ledger"], { cwd });
  expect([unclear.code, unclear.stderr]).toEqual([2, expect.stringContaining("headgate ledger verify")]);
});
