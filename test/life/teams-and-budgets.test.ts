import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { budgets as budgetsCommand } from "../../src/cli/budgets.ts";
import { teams as teamsCommand } from "../../src/cli/teams.ts";
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
const typed = (...args: string[]) => run([...args, "--url", gateway.url], { cwd });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await typed(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
};

test("a team is made, found, called otherwise, and removed once no key belongs to it", async () => {
  const made = await typed("teams", "create", "--name", "blue");
  expect([made.code, made.stderr]).toEqual([0, ""]);
  const [head, line] = made.stdout.trim().split("\n");
  expect(head).toMatch(/^ID +CREATED +NAME$/);
  expect(line).toMatch(/^team_\w{26} +\S+Z +blue$/);
  const id = line!.split(" ")[0]!;
  expect((await json("teams", "edit", id, "--name", "deep blue")).name).toBe("deep blue");
  expect((await json("teams")).data).toMatchObject([{ id, name: "deep blue" }]);
  const key = await json("keys", "create", "--name", "one", "--team", id);
  await json("budgets", "create", "--scope", "team", "--of", id, "--limit", "5");
  const refused = await typed("teams", "remove", id);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("Keys belong to the team")]);
  await json("keys", "revoke", key.id);
  expect(await typed("teams", "remove", id)).toMatchObject({ code: 0, stdout: `${id} removed\n` });
  expect((await json("teams", "list")).data).toEqual([]);
  expect((await json("budgets", "list", "--scope", "team")).data).toEqual([]);
});

test("a budget is made with all that can be told, changed, archived, restored and removed", async () => {
  const rest = ["--period", "weekly", "--byok", "true", "--thresholds", "80, 90"];
  const made = await typed(
    "budgets",
    "create",
    "--scope",
    "tag",
    "--of",
    "night run",
    "--limit",
    "0.000000001",
    ...rest,
  );
  expect([made.code, made.stderr]).toEqual([0, ""]);
  const [head, line] = made.stdout.trim().split("\n");
  expect(head).toMatch(/^ID +OF +SPENT +PERIOD +RESET +STATE$/);
  expect(line).toMatch(/^budget_\w{26} +tag night run +0 of 1e-9 USD +weekly +\S+Z +hard$/);
  const id = line!.split(" ")[0]!;
  expect(await json("budgets", "show", id)).toMatchObject({
    scope: "tag",
    scope_id: "night run",
    limit_usd: 1e-9,
    period: "weekly",
    soft: false,
    includes_byok: true,
    thresholds: [80, 90],
  });
  const edited = ["--limit", "5", "--soft", "true", "--byok", "false", "--thresholds", ""];
  expect(await json("budgets", "edit", id, ...edited)).toMatchObject({
    limit_usd: 5,
    soft: true,
    includes_byok: false,
    thresholds: [],
  });
  expect((await json("budgets", "archive", id)).archived).toBe(true);
  expect((await typed("budgets", "list", "--scope", "tag")).stdout).toEndWith("archived\n");
  expect((await json("budgets", "restore", id)).archived).toBe(false);
  const each = await typed("budgets", "create", "--scope", "user", "--of", "*", "--limit", "2");
  expect(each.stdout.split("\n")[1]).toMatch(/user \* +up to 2 USD +total +- +hard$/);
  const ids = async (...args: string[]) => (await json("budgets", ...args)).data.map((one: { id: string }) => one.id);
  expect(await ids("list", "--scope", "tag", "--of", "night run")).toEqual([id]);
  expect(await ids("list", "--after", id)).toEqual([each.stdout.split("\n")[1]!.split(" ")[0]!]);
  expect(await typed("budgets", "remove", id)).toMatchObject({ code: 0, stdout: `${id} removed\n` });
  expect(await ids("list", "--scope", "tag")).toEqual([]);
});

describe("what cannot be done is told, and nothing is made", () => {
  test.each([
    [["teams", "crate"], "did you mean create?"],
    [["teams", "create"], "name"],
    [["teams", "create", "--nam", "x"], "did you mean --name?"],
    [["teams", "show"], "wants the id of a team, team_…"],
    [["teams", "show", "../keys"], "wants the id of a team"],
    [["teams", "remove", "team_01ARZ3NDEKTSV4RRFFQ69G5FAV"], "There is no team"],
    [["budgets", "create", "--scope", "tag", "--of", "x"], "limit_usd"],
    [["budgets", "create", "--scope", "tg", "--of", "x", "--limit", "1"], '"scope" must be one of'],
    [["budgets", "create", "--scope", "tag", "--of", "x", "--limit=-1"], '"limit_usd" must be'],
    [["budgets", "create", "--scope", "tag", "--of", "x", "--limit", "NaN"], '"limit_usd" must be'],
    [["budgets", "create", "--scope", "tag", "--of", "x", "--limit", "1", "--period", "yearly"], '"period" must be'],
    [["budgets", "create", "--scope", "tag", "--of", "x", "--limit", "1", "--soft", "yes"], "--soft wants true or"],
    [["budgets", "create", "--scope", "tag", "--of", "x", "--limit", "1", "--thresholds", "x"], "--thresholds wants"],
    [["budgets", "edit", "budget_01ARZ3NDEKTSV4RRFFQ69G5FAV", "--limit", "1"], "There is no budget"],
  ])("%j", async (args, words) => {
    // In this process: to start another one takes most of a second.
    const [name, ...rest] = args;
    const command = name === "teams" ? teamsCommand : budgetsCommand;
    const asked = command.run([...rest, "--config", join(cwd, "headgate.yaml"), "--url", gateway.url]);
    await expect(asked).rejects.toThrow(words);
    const ask = (path: string) => fetch(gateway.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await (await ask("/admin/teams")).json()).toMatchObject({ data: [] });
    expect(await (await ask("/admin/budgets?scope=tag")).json()).toMatchObject({ data: [] });
  });
});
