import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { ask, chat, TOKEN } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { builtDashboard, openBrowser, type Visit, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Much at once: requests, and presses of one button. */

let browser: Browser;
let built: Awaited<ReturnType<typeof builtDashboard>>;
let gateway: RunningGateway;
let seen: Visit;

beforeAll(async () => {
  [browser, built] = [await openBrowser(), await builtDashboard()];
  gateway = await startGateway({ dashboard: built.folder, config: { admin_token: TOKEN } });
  seen = await visit(browser, gateway.url, await linked(gateway));
});
afterAll(async () => {
  await seen?.close();
  await browser?.close();
  await gateway?.stop();
  built?.remove();
});

test("who presses twice has one key made, and sees its secret", async () => {
  const { page } = seen;
  await seen.see("/keys");
  await page.getByRole("button", { name: "Make a key" }).first().click();
  await page.getByLabel("Name").first().fill("twice");
  await page.getByRole("button", { name: "Make the key" }).dblclick();
  await page.getByRole("heading", { name: "The key twice" }).waitFor();
  const { data } = await jsonOf(await ask(gateway, "GET", "/admin/keys?limit=500"));
  expect(data.filter(({ name }: { name: string }) => name === "twice")).toHaveLength(1);
});

test("who presses twice at the first steps has one key made", async () => {
  const { page } = seen;
  const keys = async () => (await jsonOf(await ask(gateway, "GET", "/admin/keys?limit=500"))).data.length;
  const before = await keys();
  await seen.see("/start");
  await page.getByRole("button", { name: "Make a key" }).dblclick();
  await page.getByRole("button", { name: "Copy the key" }).waitFor();
  expect(await keys()).toBe(before + 1);
});

test("requests of which more come than are told are all in the list a moment later, and nothing else is asked for", async () => {
  const { page } = seen;
  await seen.see("/requests?user_id=wanted");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const ids: string[] = [];
  // Some seconds of more than is told, which is 200 a second.
  for (let round = 0; round < 30; round++)
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const user = i < 6 ? "wanted" : "other";
        const body = chat("openai/gpt-5", { user }, "[sim tokens=2 every=0] Hi");
        const { id } = await jsonOf(await gateway.post("/v1/chat/completions", body));
        if (user === "wanted") ids.push(id);
      }),
    );
  // Down to the first of them: rows are drawn only where they are seen.
  const shown = async () => (await page.evaluate(SHOWN)) as string[];
  let missing = ids.length;
  for (const end = Date.now() + 60_000; missing > 0 && Date.now() < end; ) {
    const found = new Set(await shown());
    missing = ids.filter((id) => !found.has(id)).length;
  }
  expect(missing).toBe(0);
  expect([...new Set(asked)].filter((path) => path !== "/admin/usage")).toEqual(["/admin/generations"]);
  expect(seen.faults).toEqual([]);
}, 120_000);

/** Ids of all that the list has, from its top to where it ends for now. */
const SHOWN = `(async () => {
  const place = document.querySelector("[data-list]");
  const found = new Set();
  for (let top = 0; top <= place.scrollHeight; top += 300) {
    place.scrollTop = top;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    for (const { href } of place.querySelectorAll("a[href*='/requests/gen_']")) found.add(/gen_\\w+/.exec(href)[0]);
  }
  place.scrollTop = 0;
  return [...found];
})()`;
