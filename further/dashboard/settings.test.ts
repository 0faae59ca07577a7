import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { ask, TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { SignOnIssuer } from "../../test/support/sign-on-issuer.ts";
import { linked } from "../../test/support/signed-in.ts";
import { builtDashboard, openBrowser, type Visit, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Settings in a real browser: who comes in, what was done, what is in force. */

let built: Awaited<ReturnType<typeof builtDashboard>>;
let browser: Browser;
let gateway: RunningGateway;
const visits: Visit[] = [];

beforeAll(async () => {
  built = await builtDashboard();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  built?.remove();
});
afterEach(async () => {
  const faults = visits.flatMap((one) => one.faults);
  for (const one of visits.splice(0)) await one.close();
  await gateway.stop();
  expect(faults).toEqual([]);
});

async function start(config: object = {}): Promise<void> {
  gateway = await startGateway({ dashboard: built.folder, config: { admin_token: TOKEN, ...config } });
}

async function come(link: string): Promise<Visit> {
  const made = await visit(browser, gateway.url, link);
  visits.push(made);
  return made;
}

test("an admin lets a viewer in by a link, sees them, and sends them out again; all of it is in the log", async () => {
  await start();
  const { page, see } = await come(await linked(gateway, { name: "Ada" }));
  await see("/settings?tab=access");
  await page.getByLabel("Name").fill("Bo");
  await page.getByRole("button", { name: "Make a link" }).click();
  const address = (await page.locator("code", { hasText: "#sign-in=" }).textContent())!;
  expect(address).toStartWith(`${gateway.url}/#sign-in=`);

  const other = await come(address.split("#sign-in=")[1]!);
  const sessions = page.getByRole("table", { name: "Who is signed in" });
  await page.reload();
  const bo = sessions.getByRole("row").filter({ hasText: "Bo" });
  await bo.getByText("viewer").waitFor();
  expect(await sessions.getByRole("row").filter({ hasText: "Ada" }).getByText("you").count()).toBe(1);

  // Whoever only looks can let nobody in, and send nobody out.
  await other.see("/settings?tab=access");
  expect(
    await Promise.all(
      ["Make a link", "End all", "End"].map((name) =>
        other.page.getByRole("button", { name, exact: true }).isDisabled(),
      ),
    ),
  ).toEqual([true, true, true]);

  await bo.getByRole("button", { name: "End" }).click();
  await page.getByRole("button", { name: "End the session" }).click();
  await bo.waitFor({ state: "detached" });
  await other.page.goto(`${gateway.url}/keys`);
  await other.page.getByLabel("Admin token").waitFor();
  // Who signs in again is where they were.
  await other.page.getByLabel("Admin token").fill(TOKEN);
  await other.page.getByRole("button", { name: "Sign in" }).click();
  await other.page.getByRole("heading", { level: 1, name: "Keys & teams" }).waitFor();
  other.faults.length = 0;

  await page.getByRole("tab", { name: "Audit log" }).click();
  const log = page.getByRole("table", { name: "What was done" });
  await log.getByRole("row").filter({ hasText: "Ada" }).filter({ hasText: "ended a session" }).waitFor();
  await page.getByLabel("What was done").first().selectOption({ label: "signed in" });
  await log.getByRole("row").filter({ hasText: "ended a session" }).waitFor({ state: "detached" });
  expect(await log.getByRole("row").filter({ hasText: "signed in" }).count()).toBe(3);
});

test("what was changed stands there before and after; by keyboard", async () => {
  await start();
  await ask(gateway, "POST", "/admin/teams", { name: "Search" });
  const { data } = (await (await ask(gateway, "GET", "/admin/teams")).json()) as { data: { id: string }[] };
  await ask(gateway, "PATCH", `/admin/teams/${data[0]!.id}`, { name: "Find" });
  const { page, see } = await come(await linked(gateway));
  await see("/settings?tab=audit&action=team.change");
  await page.getByRole("row").filter({ hasText: "changed a team" }).focus();
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog");
  const name = drawer.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "name", exact: true }) });
  expect(await name.getByRole("cell").allTextContents()).toEqual(["Search", "Find"]);
  expect(new URL(page.url()).searchParams.get("entry")).toStartWith("audit_");
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("?tab=audit&action=team.change");
});

test("what is in force is found by a word, and says who told it; secrets are not told", async () => {
  await start({ ledger: { keep_days: 90 } });
  const { page, see } = await come(await linked(gateway));
  await see("/settings?tab=in-force");
  await page.keyboard.press("/");
  await page.keyboard.type("keep_days");
  await page.waitForURL("**/settings?tab=in-force&q=keep_days");
  const line = page.getByRole("listitem").filter({ hasText: "ledger.keep_days" });
  await line.getByText("90", { exact: true }).waitFor();
  expect(await page.locator("#page").getByRole("listitem").count()).toBe(1);
  await see("/settings?tab=in-force&q=admin_token");
  await page.getByText("set, and kept secret").waitFor();
  expect(await page.locator("body").textContent()).not.toContain(TOKEN);
  await see("/settings?tab=about");
  const [licences] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByRole("link", { name: "Read them" }).click(),
  ]);
  await licences.waitForLoadState();
  expect(await licences.locator("body").textContent()).toMatch(/react-dom \d+\.\d+\.\d+ \(MIT\)[\s\S]*SIL OPEN FONT/);
});

test("where it is locked, that is said, and nobody changes anything; links can still be made", async () => {
  await start({ admin: "locked" });
  const { page, see } = await come(await linked(gateway));
  await see("/settings");
  await page.getByText("The configuration says").waitFor();
  await page.getByRole("button", { name: /locked/ }).waitFor();
  expect(await page.getByRole("button", { name: "Set a budget" }).isDisabled()).toBe(true);
  await see("/settings?tab=access");
  expect(await page.getByRole("button", { name: "Make a link" }).isDisabled()).toBe(false);
  await see("/start");
  expect(await page.getByRole("button", { name: "Make a key" }).isDisabled()).toBe(true);
});

test("who signs on elsewhere comes back to where they were", async () => {
  const issuer = new SignOnIssuer();
  const oidc = {
    issuer: issuer.url,
    client_id: "headgate",
    title: "Example",
    admins: [{ claims: { groups: ["ops"] } }],
  };
  await start({ dashboard: { oidc } });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${gateway.url}/models?q=claude`);
    await page.getByRole("link", { name: "Sign in with Example" }).click();
    await page.getByRole("link", { name: "Agree" }).click();
    await page.locator("#page").waitFor();
    await page.waitForURL("**/models?q=claude");
    await page.goto(`${gateway.url}/settings?tab=access`);
    await page.getByText(issuer.url, { exact: true }).waitFor();
    await page.getByRole("row").filter({ hasText: "single sign-on" }).filter({ hasText: "you" }).waitFor();
  } finally {
    await context.close();
    await issuer.stop();
  }
});
