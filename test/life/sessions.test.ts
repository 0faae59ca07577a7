import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonOf } from "../support/gateway.ts";
import { type Child, cleanUp, folder, run, startHeadgate } from "../support/process.ts";
import { cookiesOf, OWN_PAGE } from "../support/signed-in.ts";

let cwd: string;
let gateway: Child & { url: string };
beforeAll(async () => {
  cwd = folder();
  gateway = await startHeadgate([], { cwd });
});
afterAll(cleanUp);

/** A command, as it is typed where the gateway was started. */
const headgate = (...args: string[]) => run([...args, "--url", gateway.url], { cwd });

const isIn = async (cookie: string) =>
  (await fetch(`${gateway.url}/admin/session`, { headers: { cookie } })).status === 200;

/** What a browser does with a link. */
async function follow(text: string): Promise<Response> {
  const [, at, link] = /(http\S+)\/#sign-in=(hgl_[\w-]{43})\b/.exec(text)!;
  expect(at).toBe(gateway.url);
  return await fetch(`${at}/admin/session`, { method: "POST", headers: OWN_PAGE, body: JSON.stringify({ link }) });
}

test("the link of the first start lies beside the key, signs in once, and is printed nowhere", async () => {
  const kept = readFileSync(join(cwd, "data", "first-run.txt"), "utf8");
  const reply = await follow(kept);
  expect([reply.status, await jsonOf(reply)]).toEqual([201, expect.objectContaining({ role: "admin", how: "link" })]);
  expect((await follow(kept)).status).toBe(401);
  expect(gateway.stdout).toContain("a link to the dashboard");
  expect(gateway.stdout + gateway.stderr).not.toContain("hgl_");
});

test("a command makes another at any time, for whom it is told, by the token that the first start has kept", async () => {
  const { code, stdout, stderr } = await headgate("link", "--role", "viewer", "--name", "Ada");
  expect([code, stderr, stdout.split("\n").length]).toEqual([0, "", 2]);
  const reply = await follow(stdout);
  expect(await jsonOf(reply)).toMatchObject({ role: "viewer", name: "Ada" });
  const told = JSON.parse((await headgate("link", "--json")).stdout);
  expect(told).toMatchObject({ object: "sign_in_link", role: "admin", url: expect.stringContaining(gateway.url) });
});

test("and says what is wrong with a role that there is none of", async () => {
  const { code, stdout, stderr } = await headgate("link", "--role", "owner");
  expect([code, stdout, stderr]).toEqual([2, "", 'headgate: "role" must be admin or viewer.\n']);
});

test("who is signed in is listed, and one or all are signed out by a command", async () => {
  const cookie = cookiesOf(await follow((await headgate("link", "--name", "Bob")).stdout));
  const { stdout } = await headgate("sessions");
  expect(stdout).toMatch(/^ID +ROLE +BY +UNUSED UNTIL +AT MOST UNTIL +NAME\n/);
  expect(stdout).toMatch(/^session_\w{26} +admin +link +\S+Z +\S+Z +Bob$/m);
  const other = cookiesOf(await follow((await headgate("link")).stdout));
  const [, id = ""] = /^(session_\w{26}) .* Bob$/m.exec(stdout)!;
  for (const none of [[], [id, "--all"]]) {
    const { code, stderr } = await headgate("sessions", "end", ...none);
    expect([code, stderr.split("\n")[0]]).toEqual([
      2,
      "headgate: sessions end wants the id of a session, session_…, behind it, or --all",
    ]);
  }
  expect(await isIn(cookie)).toBe(true);
  expect(await headgate("sessions", "end", id)).toMatchObject({ code: 0, stdout: `${id} is ended\n` });
  expect([await isIn(cookie), await isIn(other)]).toEqual([false, true]);
  expect(await headgate("sessions", "end", id)).toMatchObject({ code: 2, stdout: "" });
  expect(await headgate("sessions", "end", "--all")).toMatchObject({ code: 0, stdout: "everybody is signed out\n" });
  expect(await isIn(other)).toBe(false);
});

/** Starts it anew. */
async function again(env: Record<string, string> = {}): Promise<void> {
  gateway.kill("SIGTERM");
  await gateway.exited;
  gateway = await startHeadgate([], { cwd, env });
}

test("a later start says where the dashboard is, and how to come in; who is in stays in", async () => {
  const cookie = cookiesOf(await follow((await headgate("link", "--name", "Eve")).stdout));
  await again();
  expect(gateway.stdout).toContain(`Dashboard: ${gateway.url}/ (to sign in: headgate link)`);
  expect(await isIn(cookie)).toBe(true);
});

test("who came by an admin token that is another one now is out from the next start on, and its links are worth nothing", async () => {
  const [used, unused] = [(await headgate("link")).stdout, (await headgate("link")).stdout];
  const cookie = cookiesOf(await follow(used));
  await again({ HEADGATE_ADMIN_TOKEN: "another-token-of-the-operator" });
  expect(await isIn(cookie)).toBe(false);
  const { host } = new URL(gateway.url);
  expect((await follow(unused.replace(/127\.0\.0\.1:\d+/, host))).status).toBe(401);
});
