import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { chat, TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { builtDashboard, openBrowser, PAGE_PATHS, type Visit, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** The dashboard without a pointer, and for who may only look. */

let built: Awaited<ReturnType<typeof builtDashboard>>;
let browser: Browser;
let gateway: RunningGateway;

beforeAll(async () => {
  built = await builtDashboard();
  gateway = await startGateway({ dashboard: built.folder, config: { admin_token: TOKEN } });
  for (const user of ["ada", "bo"]) await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user }));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  built?.remove();
});

async function as(
  role: "admin" | "viewer",
  does: (seen: Visit) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const seen = await visit(browser, gateway.url, await linked(gateway, { role }), options);
  await does(seen);
  expect(seen.faults).toEqual([]);
  await seen.close();
}

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
/** What has the focus, and whether that is seen. */
const focus = (page: Page) =>
  page.evaluate(`(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return { tag: document.activeElement.tagName, isSeen: outlineStyle !== "none" && outlineWidth !== "0px" };
  })()`) as Promise<{ tag: string; isSeen: boolean }>;

test("pages are gone to by keys, found by their names, and what is open closes with Escape", () =>
  as("admin", async ({ page, see }) => {
    await see("/");
    for (const [key, title] of [
      ["r", "Requests"],
      ["m", "Models"],
      ["k", "Keys & teams"],
      ["s", "Settings"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await heading(page, title);
      // It is said as well, to who does not see it.
      await page.getByRole("status", { name: "Page" }).getByText(title, { exact: true }).waitFor();
    }
    await page.keyboard.press("Control+k");
    const palette = page.getByRole("dialog", { name: "Find or do" });
    await palette.waitFor();
    // Nobody has to go to its box first.
    await page.keyboard.type("budg");
    await page.keyboard.press("Enter");
    await heading(page, "Budgets & limits");
    await palette.waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await palette.getByRole("combobox").fill("gpt-5-mini");
    await palette.getByRole("option", { name: "openai/gpt-5-mini", exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/models/openai/gpt-5-mini");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }));

test.each([
  ["stands in its box, and is gone on with", "bud", "g{Enter}"],
  ["and entered is done as soon as it has come", "budg{Enter}", ""],
])("what is typed while the palette is still coming %s", (_, typed, after) =>
  as("admin", async ({ page, see }) => {
    const type = async (keys: string) => {
      await page.keyboard.type(keys.replace("{Enter}", ""));
      if (keys.includes("{Enter}")) await page.keyboard.press("Enter");
    };
    await see("/models");
    const come = Promise.withResolvers<void>();
    const asked = page.waitForRequest("**/assets/*.js");
    await page.route("**/assets/*.js", async (route) => {
      await come.promise;
      await route.continue();
    });
    await page.keyboard.press("Control+k");
    await type(typed);
    const palette = page.getByRole("dialog", { name: "Find or do" });
    expect(await palette.getByLabel("Find or do").inputValue()).toBe(typed.replace("{Enter}", ""));
    await asked;
    expect(await palette.getByRole("option").count()).toBe(0);
    come.resolve();
    if (after !== "") await palette.getByRole("option", { name: "Budgets & limits" }).waitFor();
    await type(after);
    await heading(page, "Budgets & limits");
    await palette.waitFor({ state: "detached" });
  }),
);

test("a request is gone to in the list, opened and left again", () =>
  as("admin", async ({ page, see }) => {
    await see("/requests");
    await page.locator("[data-row]").nth(1).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Route" }).waitFor();
    await page.keyboard.press("Escape");
    await heading(page, "Requests");
    await page.keyboard.press("/");
    await page.keyboard.type("ada");
    await page.waitForURL("**search=ada*");
    await page.locator("[data-row]").nth(1).waitFor({ state: "detached" });
    await page.locator("[data-row]").first().waitFor();
    expect(await page.locator("[data-row]").count()).toBe(1);
  }));

test("by Tab the page is reached past the navigation, and where one is can be seen", () =>
  as("admin", async ({ page, see }) => {
    await see("/budgets");
    await page.keyboard.press("Tab");
    await page.getByRole("link", { name: "Skip to the page" }).waitFor();
    await page.keyboard.press("Enter");
    const seen: { tag: string; isSeen: boolean }[] = [];
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press("Tab");
      seen.push(await focus(page));
    }
    expect(seen.filter(({ tag, isSeen }) => tag !== "BODY" && !isSeen)).toEqual([]);
    expect(await page.evaluate("document.querySelector('#page').contains(document.activeElement)")).toBe(true);
  }));

test("of one of a few the arrows choose another, and it is one stop of Tab", () =>
  as("admin", async ({ page, see }) => {
    await see("/");
    const times = page.getByRole("radiogroup", { name: "Time" });
    await times.getByRole("radio", { checked: true }).focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForURL("**/?range=7d");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.waitForURL("**/?range=1h");
    expect(await times.getByRole("radio", { checked: true }).textContent()).toContain("1 h");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("Another time");
  }));

test("for whom nothing is to move nothing does; where the system chooses colours, what is chosen is told from what is not", () =>
  as(
    "admin",
    async ({ page, see }) => {
      await see("/requests");
      // The dot that beats is there, and beats no more.
      await page.locator(".pulse-dot").filter({ visible: true }).first().waitFor();
      expect(await page.evaluate("document.getAnimations().length")).toBe(0);
      await see("/budgets");
      const looks = (selector: string) =>
        page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
      for (const [chosen, other] of [
        ['[role="radio"][aria-checked="true"]', '[role="radio"][aria-checked="false"]'],
        ['[aria-current="page"]', 'nav a:not([aria-current="page"])'],
        ['[role="tab"][aria-selected="true"]', '[role="tab"][aria-selected="false"]'],
        ['[role="switch"] > *', '[role="switch"]'],
      ])
        expect([chosen, await looks(chosen!)]).not.toEqual([chosen, await looks(other!)]);
    },
    { forcedColors: "active", reducedMotion: "reduce" },
  ));

test("who may only look sees every page, and nothing there can be pressed that would change something", () =>
  as("viewer", async ({ page, see, faults }) => {
    const paths = PAGE_PATHS.filter((path) => !path.includes("$") && path !== "/playground");
    expect(paths.length).toBeGreaterThan(7);
    let refused = 0;
    for (const path of paths) {
      await see(path);
      const writes = page
        .locator("#page")
        .getByRole("button", { name: /^(Make|Set|Enter|New|Add|Revoke|Remove|End|Test|Rotate)\b/ });
      for (const button of await writes.all()) {
        expect([path, await button.textContent(), await button.isDisabled()]).toEqual([path, expect.any(String), true]);
        // It says why.
        expect([path, await button.getAttribute("title")]).toEqual([path, expect.stringMatching(/admin/)]);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(5);
    // Neither does the gateway let them.
    const status = await page.evaluate(
      `fetch("/admin/teams", { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"x"}' }).then(({ status }) => status)`,
    );
    expect(status).toBe(403);
    // The browser says so as well.
    expect(faults.splice(0)).toEqual([expect.stringContaining("403")]);
  }));
