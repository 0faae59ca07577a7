import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { ask, made } from "../../test/access/keys.ts";
import { Visitors } from "./visitor.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Back, Forward and what is open, in a real browser: its history answers later. */

const visitors = new Visitors();
beforeAll(() => visitors.come());
afterAll(() => visitors.leave());

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
/** Until that is so: what the page may not compile the browser evaluates. */
const until = async (page: Page, what: string) => {
  while ((await page.evaluate(what)) !== true) await Bun.sleep(10);
};
const closed = (page: Page) => until(page, `document.querySelector("dialog") === null`);
/** At an entry of the history that is of so many dialogs. */
const at = (page: Page, dialogs: number) => until(page, `(history.state?.dialogs ?? 0) === ${dialogs}`);
const path = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;
const lengthOf = (page: Page) => page.evaluate("history.length");
const one = { before: (gateway: Parameters<typeof made>[0]) => made(gateway, { name: "one-key" }) };

test("Back closes what is open on the first page that is seen, and is not needed where Escape has closed it", () =>
  visitors.at(
    "/keys",
    async (page) => {
      await page.getByText("one-key").click();
      await at(page, 1);
      expect(path(page)).toStartWith("/keys?key=");
      await page.goBack();
      await closed(page);
      await page.waitForURL("**/keys");
      await page.getByRole("link", { name: "Models" }).click();
      await heading(page, "Models");
      const before = await lengthOf(page);
      for (let n = 0; n < 3; n++) {
        await page.keyboard.press("Control+k");
        await page.getByRole("dialog").waitFor();
        await at(page, 1);
        await page.keyboard.press("Escape");
        await closed(page);
        await at(page, 0);
      }
      // The one that was left lies ahead, until one goes elsewhere.
      expect(await lengthOf(page)).toBe(Number(before) + 1);
      await page.goBack();
      await heading(page, "Keys & teams");
      expect(path(page)).toBe("/keys");
    },
    one,
  ));

test.each([
  ["/settings?tab=in-force", "document.scrollingElement"],
  ["/models", "document.querySelector('#page .overflow-auto')"],
])("what is scrolled at %s stays where it is while something opens and closes over it", (where, place) =>
  visitors.at(where, async (page) => {
    await until(page, `(${place}?.scrollHeight ?? 0) > 1500`);
    // Who has scrolled has seen it before they press anything.
    await page.evaluate(
      `new Promise((seen) => { addEventListener("scroll", () => setTimeout(seen), { capture: true, once: true }); ${place}.scrollTop = 400 })`,
    );
    for (const close of [() => page.keyboard.press("Escape"), () => page.goBack()]) {
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await at(page, 1);
      expect(await page.evaluate(`${place}.scrollTop`)).toBe(400);
      await close();
      await closed(page);
      await at(page, 0);
      expect(await page.evaluate(`${place}.scrollTop`)).toBe(400);
    }
  }),
);

test("who closes a dialog and goes elsewhere in the same moment is there, and Back leads to where they were", () =>
  visitors.at("/models", async (page) => {
    await heading(page, "Models");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await at(page, 1);
    await page.evaluate(`{
      document.querySelector("dialog").dispatchEvent(new Event("cancel", { cancelable: true }));
      setTimeout(() => document.querySelector('nav a[href="/settings"]').click());
    }`);
    await heading(page, "Settings");
    await at(page, 0);
    expect(path(page)).toBe("/settings");
    await page.goBack();
    await heading(page, "Models");
    await at(page, 0);
  }));

test.each([
  ["Back", (page: Page) => page.goBack()],
  ["Escape", (page: Page) => page.keyboard.press("Escape")],
])("what is open in the address is closed by %s where its page was loaded anew", (_, close) =>
  visitors.at(
    "/keys",
    async (page) => {
      await page.getByText("one-key").click();
      await at(page, 1);
      await page.reload();
      await page.getByRole("dialog").getByLabel("Name").click();
      expect(await page.evaluate("history.state.dialogs")).toBe(1);
      await close(page);
      await closed(page);
      await at(page, 0);
      await page.waitForURL("**/keys");
      expect(await page.getByRole("dialog").count()).toBe(0);
    },
    one,
  ),
);

test("Forward leads to nothing where a dialog was, and to what stands in the address", () =>
  visitors.at(
    "/keys",
    async (page) => {
      await heading(page, "Keys & teams");
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await at(page, 1);
      await page.goBack();
      await closed(page);
      await page.goForward();
      await at(page, 0);
      expect(await page.getByRole("dialog").count()).toBe(0);
      for (let n = 0; n < 2; n++) {
        if (n === 0) await page.getByText("one-key").click();
        else await page.goForward();
        await page.getByRole("dialog", { name: "one-key" }).waitFor();
        await at(page, 1);
        await page.goBack();
        await closed(page);
        await at(page, 0);
        await page.waitForURL("**/keys");
      }
      await page.getByRole("link", { name: "Models" }).click();
      await heading(page, "Models");
      await page.goBack();
      await heading(page, "Keys & teams");
      await at(page, 0);
    },
    one,
  ));

test("two that are open are closed by two steps back, and where both are closed at once no entry of theirs is left", () =>
  visitors.at(
    "/models",
    async (page) => {
      await page.getByRole("link", { name: "Routing" }).click();
      await page.getByText("no-nano").click();
      const drawer = page.getByRole("dialog", { name: "no-nano", exact: true });
      const question = page.getByRole("dialog", { name: "Remove no-nano?" });
      const asked = async () => {
        await drawer.getByRole("button", { name: "Remove" }).click();
        await question.waitFor();
        await at(page, 2);
      };
      await asked();
      await page.goBack();
      await question.waitFor({ state: "detached" });
      await drawer.waitFor();
      await asked();
      await question.getByRole("button", { name: "Remove the rule" }).click();
      await closed(page);
      await at(page, 0);
      expect(path(page)).toBe("/routing");
      await page.goBack();
      await heading(page, "Models");
    },
    {
      before: (gateway) =>
        ask(gateway, "POST", "/admin/routing-rules", { id: "no-nano", type: "deny", model: "openai/gpt-5-nano" }),
    },
  ));
