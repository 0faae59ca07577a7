import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isKeyShaped } from "../../src/access/keys.ts";
import { keys as command } from "../../src/cli/keys.ts";
import { chat } from "../access/keys.ts";
import { type Child, cleanUp, folder, run, startHeadgate } from "../support/process.ts";

const TOKEN = "an-admin-token-of-the-operator";
let gateway: Child & { url: string };
let cwd: string;
beforeAll(async () => {
  cwd = folder();
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ admin_token: TOKEN }));
  gateway = await startHeadgate([], { cwd });
});
afterAll(cleanUp);

/** A command, as it is typed beside the gateway's configuration. */
const keys = (...args: string[]) => run(["keys", ...args, "--url", gateway.url], { cwd });
const json = async (...args: string[]) => JSON.parse((await keys(...args, "--json")).stdout);
const statusOf = async (key: string) => {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify(chat()),
  });
  return reply.status;
};

test("a key is made, with all that can be told, and its secret stands alone on the last line", async () => {
  const limits = ["--requests", "60", "--tokens", "5000", "--streams", "3"];
  const money = ["--budget", "0.5", "--period", "monthly"];
  const rights = ["--models", "openai/*,anthropic/claude-sonnet-4.5", "--providers", "openai"];
  const { code, stdout, stderr } = await keys(
    "create",
    "--name",
    "ci",
    "--owner",
    "ada",
    ...limits,
    ...money,
    ...rights,
  );
  expect([code, stderr]).toEqual([0, ""]);
  const [head, line, secret] = stdout.trim().split("\n");
  expect(head).toMatch(/^ID +STATUS +SECRET +SPENT +NAME$/);
  expect(line).toMatch(/^key_\w{26} +active +hg_\w{4}… +0 of 0\.5 USD monthly +ci$/);
  expect([isKeyShaped(secret!), await statusOf(secret!)]).toEqual([true, 200]);
  const shown = await json("show", line!.split(" ")[0]!);
  expect(shown).toMatchObject({
    owner: "ada",
    limits: { requests_per_minute: 60, tokens_per_minute: 5000, concurrent_streams: 3 },
    models: ["openai/*", "anthropic/claude-sonnet-4.5"],
    providers: ["openai"],
    budget: { limit_usd: 0.5, period: "monthly" },
  });
  expect(JSON.stringify(shown)).not.toContain(secret!);
});

test("a key is edited, shut, opened, rotated and revoked", async () => {
  const { id, key } = await json("create", "--name", "one");
  expect((await json("edit", id, "--name", "other")).name).toBe("other");
  expect((await keys("disable", id)).stdout).toContain("disabled");
  expect(await statusOf(key)).toBe(401);
  expect((await json("enable", id)).status).toBe("active");
  expect(await statusOf(key)).toBe(200);
  const second = (await json("rotate", id, "--overlap", "600")).key;
  expect([await statusOf(key), await statusOf(second)]).toEqual([200, 200]);
  const third = (await json("rotate", id)).key;
  expect([await statusOf(key), await statusOf(second), await statusOf(third)]).toEqual([401, 401, 200]);
  expect(await keys("revoke", id)).toMatchObject({ code: 0, stdout: `${id} revoked\n` });
  expect(await statusOf(third)).toBe(401);
});

test("one limit is changed and the others stay; what nothing is told of is taken away", async () => {
  const made = ["create", "--name", "limited", "--requests", "60", "--streams", "3", "--budget", "1"];
  const { id } = await json(...made, "--models", "openai/*", "--expires", "2099-01-01T00:00:00Z");
  expect((await json("edit", id, "--tokens", "500")).limits).toEqual({
    requests_per_minute: 60,
    tokens_per_minute: 500,
    concurrent_streams: 3,
  });
  const rights = ["--zero-data-retention", "true", "--metadata", '{"ticket": 7}'];
  const without = ["--models", "", "--expires", "", "--budget", "", "--requests", "", "--streams", ""];
  const edited = await json("edit", id, ...without, ...rights);
  expect(edited).toMatchObject({ limits: { tokens_per_minute: 500 }, expires_at: null, budget: null });
  expect([edited.limits, edited.models]).toEqual([{ tokens_per_minute: 500 }, undefined]);
  expect([edited.zero_data_retention, edited.metadata]).toEqual([true, { ticket: 7 }]);
  expect((await json("edit", id, "--tokens", "")).limits).toBeUndefined();
});

test("keys are listed, and found by what they are called", async () => {
  await json("create", "--name", "to be found");
  const lines = (await keys("list", "--search", "TO BE FOUND")).stdout.trim().split("\n");
  expect([lines.length, lines[1]!.endsWith("to be found")]).toEqual([2, true]);
  const { data } = await json();
  expect(data.length).toBeGreaterThanOrEqual(2);
});

test("pages that are not full are told as one", async () => {
  const asked: string[] = [];
  const pages: Record<string, object> = {
    "": { data: [], has_more: true, next: "key_9" },
    key_9: { data: [{ id: "key_8", name: "eight" }], has_more: true, next: "key_5" },
    key_5: { data: [{ id: "key_1", name: "one" }], has_more: false, next: null },
  };
  const stub = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch({ url }) {
      const query = new URL(url).searchParams;
      asked.push(`${query.get("q")} ${query.get("before")}`);
      return Response.json(pages[query.get("before") ?? ""]);
    },
  });
  const { code, stdout } = await run(["keys", "list", "--search", "e", "--url", `http://127.0.0.1:${stub.port}`], {
    cwd,
  });
  await stub.stop(true);
  expect(asked).toEqual(["e null", "e key_9", "e key_5"]);
  const names = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" ").at(-1));
  expect([code, names]).toEqual([0, ["NAME", "eight", "one"]]);
});

describe("what cannot be done is told", () => {
  test.each([
    [["make"], "list, create, show"],
    [["creat"], "did you mean create?"],
    [["show"], "wants the id of a key"],
    [["show", "../x"], "wants the id of a key"],
    [["create", "--nme", "x"], "did you mean --name?"],
    [["create", "--name", "x", "--requests", "many"], "--requests wants a whole number"],
    [["create"], "name"],
    [["create", "--name", "x", "--metadata", "[1]"], "--metadata wants an object"],
    [["create", "--name", "x", "--zero-data-retention", "yes"], "--zero-data-retention wants true or false"],
    [["create", "--name", "x", "--budget", "-1"], "budget"],
    [["create", "--name", "x", "--budget=-1"], "budget.limit_usd"],
    [["create", "--name", "x", "--providers", "opnai"], 'Did you mean "openai"?'],
    [["show", "key_01ARZ3NDEKTSV4RRFFQ69G5FAV"], "There is no key"],
  ])("%j", async (args, words) => {
    // In this process: to start another one takes most of a second.
    const asked = command.run([...args, "--config", join(cwd, "headgate.yaml"), "--url", gateway.url]);
    await expect(asked).rejects.toThrow(words);
  });

  test("nobody is there, or the token is not known, or is another", async () => {
    const nobody = await run(["keys", "list", "--url", "http://127.0.0.1:1"], { cwd });
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining("no gateway answers at")]);
    const unknown = await run(["keys", "list", "--url", gateway.url]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("HEADGATE_ADMIN_TOKEN")]);
    const env = { HEADGATE_ADMIN_TOKEN: "another-token-of-somebody" };
    const other = await run(["keys", "list", "--url", gateway.url], { env });
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("admin token")]);
    for (const { stderr } of [nobody, unknown, other]) expect(stderr).not.toContain(TOKEN);
  });
});
