import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "../../dashboard/build.ts";
import { ask, TOKEN } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { SignOnIssuer } from "../../test/support/sign-on-issuer.ts";
import { linked } from "../../test/support/signed-in.ts";
import { openBrowser } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Who comes in to the dashboard, in a real browser; and what pages of others get of who is in. */

const issuer = new SignOnIssuer();
let folder: string;
let gateway: RunningGateway;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser would not load, by the policy. */
let violations: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-dashboard-"));
  await build(join(folder, "built"));
  const oidc = {
    issuer: issuer.url,
    client_id: "headgate",
    title: "Example",
    admins: [{ claims: { groups: ["ops"] } }],
  };
  const config = { admin_token: TOKEN, dashboard: { oidc } };
  gateway = await startGateway({ dashboard: join(folder, "built"), config });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  gateway.complaints.length = 0;
  await gateway?.stop();
  await issuer.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  page = await context.newPage();
  violations = [];
  page.on("console", (said) => {
    if (/Content Security Policy|Refused to/i.test(said.text())) violations.push(said.text());
  });
});

const isIn = () => page.getByRole("navigation").first().waitFor();
const isOut = () => page.getByLabel("Admin token").waitFor();

describe("one comes in", () => {
  test("by a link, once, which is gone from the address and from the history", async () => {
    const link = await linked(gateway, { name: "Ada" });
    await page.goto(`${gateway.url}/#sign-in=${link}`);
    await isIn();
    expect(page.url()).not.toContain(link);
    const cookies = await context.cookies();
    expect(cookies).toMatchObject([{ name: "headgate_session", httpOnly: true, sameSite: "Strict", path: "/" }]);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(violations).toEqual([]);
    const other = await (await browser.newContext()).newPage();
    await other.goto(`${gateway.url}/#sign-in=${link}`);
    await other.getByText("headgate link", { exact: false }).first().waitFor();
    await other.getByLabel("Admin token").waitFor();
    await other.context().close();
  });

  test("by a link that is pasted where one is asked who one is, and as somebody else where one is in already", async () => {
    await page.goto(`${gateway.url}/`);
    await isOut();
    await page.evaluate(`location.hash = "sign-in=${await linked(gateway, { role: "viewer", name: "Ada" })}"`);
    await isIn();
    // The router may write an address of its own before it is heard of.
    const link = await linked(gateway, { name: "Bob" });
    await page.evaluate(`{ location.hash = "sign-in=${link}"; history.replaceState(null, "", "/"); }`);
    const told = () => page.evaluate(`fetch("/admin/session").then((reply) => reply.json())`);
    while (((await told().catch(() => ({}))) as { name?: string }).name !== "Bob") await page.waitForTimeout(50);
    await isIn();
    expect(page.url()).not.toContain("sign-in");
    expect(violations).toEqual([]);
  });

  test("not where the browser keeps no session, and is told why: by http, where the gateway is said to be reached by https", async () => {
    const config = { admin_token: TOKEN, dashboard: { url: "https://gate.example.com" } };
    const other = await startGateway({ dashboard: join(folder, "built"), config });
    const args = ["--no-sandbox", "--host-resolver-rules=MAP gate.example.com 127.0.0.1"];
    const own = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
    try {
      const there = await own.newPage();
      const address = other.url.replace("127.0.0.1", "gate.example.com");
      for (const way of ["link", "token"]) {
        await there.goto(`${address}/${way === "link" ? `#sign-in=${await linked(other)}` : ""}`);
        if (way === "token") {
          await there.getByLabel("Admin token").fill(TOKEN);
          await there.getByRole("button", { name: "Sign in" }).click();
        }
        await there.getByText("does not keep the session").waitFor();
        await there.goto("about:blank");
      }
    } finally {
      await own.close();
      await other.stop();
    }
  });

  test("by the admin token, and not by another", async () => {
    await page.goto(`${gateway.url}/requests`);
    await page.getByLabel("Admin token").fill("no such token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This is not the admin token").waitFor();
    await page.getByLabel("Admin token").fill(TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await isIn();
    expect([new URL(page.url()).pathname, violations]).toEqual(["/requests", []]);
  });

  test("by single sign-on; who is refused there reads why", async () => {
    await page.goto(gateway.url);
    await page.getByRole("link", { name: "Sign in with Example" }).click();
    await page.getByRole("link", { name: "Refuse" }).click();
    await page.getByText("access was denied").waitFor();
    await page.getByRole("link", { name: "Sign in with Example" }).click();
    await page.getByRole("link", { name: "Agree" }).click();
    await isIn();
    const session = await page.evaluate(async () => (await fetch("/admin/session")).json());
    expect(session).toMatchObject({ role: "admin", how: "oidc", name: "ada@example.com" });
    expect(violations).toEqual([]);
  });

  test("and out, when the session is ended elsewhere", async () => {
    await page.goto(`${gateway.url}/#sign-in=${await linked(gateway)}`);
    await isIn();
    await ask(gateway, "DELETE", "/admin/sessions");
    await page.goto(`${gateway.url}/keys`);
    await isOut();
  });
});

describe("a page of somebody else's, which who is signed in looks at,", () => {
  let elsewhere: ReturnType<typeof Bun.serve>;
  /** What is asked of the browser there. */
  let html = "";
  beforeAll(() => {
    elsewhere = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(html, { headers: { "content-type": "text/html" } }),
    });
  });
  afterAll(() => elsewhere.stop(true));
  beforeEach(async () => {
    await page.goto(`${gateway.url}/#sign-in=${await linked(gateway)}`);
    await isIn();
  });

  const teams = async () => (await jsonOf(await ask(gateway, "GET", "/admin/teams"))).data.length as number;

  // Another port of one host is the same site: it is not `SameSite` that keeps it out.
  test.each(["127.0.0.1", "localhost"])("by the name of %s, changes nothing and reads nothing", async (host) => {
    const before = await teams();
    html = `<form method="post" enctype="text/plain" action="${gateway.url}/admin/teams"><input name='{"name":"' value='x"}'></form>`;
    await page.goto(`http://${host}:${elsewhere.port}/`);
    const read = await page.evaluate(async (url) => {
      const outcomes: string[] = [];
      const attempts: RequestInit[] = [
        { method: "POST", body: '{"name":"a"}', headers: { "content-type": "application/json" } },
        { method: "POST", body: '{"name":"b"}', mode: "no-cors" },
        { method: "POST", body: new Blob(['{"name":"c"}'], { type: "text/plain" }) },
        { method: "GET" },
      ];
      for (const attempt of attempts)
        outcomes.push(
          await fetch(`${url}/admin/teams`, { credentials: "include", ...attempt }).then(
            async (reply) => `${reply.type} ${(await reply.text()).length}`,
            () => "refused",
          ),
        );
      const { navigator: asker } = globalThis as unknown as {
        navigator: { sendBeacon(url: string, body: Blob): boolean };
      };
      asker.sendBeacon(`${url}/admin/teams`, new Blob(['{"name":"d"}'], { type: "text/plain" }));
      return outcomes;
    }, gateway.url);
    expect(read).toEqual(["refused", "refused", "refused", "refused"]);
    await page.evaluate("document.forms[0].submit()");
    await page.waitForURL(/admin\/teams/);
    expect(await page.locator("body").textContent()).toMatch(/cross_origin|invalid_api_key/);
    expect(await teams()).toBe(before);
  });

  test("shows none of it in a frame", async () => {
    html = `<iframe src="${gateway.url}/"></iframe><iframe src="${gateway.url}/admin/keys"></iframe>`;
    await page.goto(`http://127.0.0.1:${elsewhere.port}/`);
    const frames = page.frames().slice(1);
    expect(frames).toHaveLength(2);
    for (const frame of frames) {
      const text = await frame
        .locator("body")
        .textContent()
        .catch(() => "");
      expect(text).not.toMatch(/Overview|Admin token|"object"/);
    }
  });
});

test("who goes where no page is is told so, signed in or not, and in the dashboard's own style", async () => {
  const reply = await page.goto(`${gateway.url}/nope`);
  expect([reply?.status(), await page.getByRole("heading").allTextContents()]).toEqual([
    404,
    ["There is no such page"],
  ]);
  const card = `getComputedStyle(document.querySelector("main > div > div:last-child")).borderTopStyle`;
  expect(await page.evaluate<string>(card)).toBe("solid");
  await page.getByRole("link", { name: "To the dashboard" }).click();
  await isOut();
});
