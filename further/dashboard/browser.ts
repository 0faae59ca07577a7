import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build } from "../../dashboard/build.ts";
import { ROOT } from "../../test/support/process.ts";

const CHROMIUM = "/usr/bin/chromium";

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Every page, as the router has them: those that the navigation leads to, and those of one thing. */
export const PAGE_PATHS: readonly string[] = [
  ...[...textOf("dashboard/src/shell/pages.ts").matchAll(/\bpath: "([^"]+)"/g)].map(([, path]) => path!),
  "/requests/$id",
  "/models/$",
];

/** Of pages that have several, the tabs that are not seen at once. */
export const TAB_PATHS: readonly string[] = [...new Bun.Glob("*/page.tsx").scanSync(join(ROOT, "dashboard/src/pages"))]
  .sort()
  .flatMap((path) => {
    const [, tabs = ""] = /const TABS = \[(.*?)\] as const/s.exec(textOf(`dashboard/src/pages/${path}`)) ?? [];
    const names = [...tabs.matchAll(/name: "([^"]+)"/g)].map(([, name]) => name!);
    return names.slice(1).map((name) => `/${path.split("/")[0]}?tab=${name}`);
  });

export const DESKTOP = { width: 1360, height: 860 } as const;
export const PHONE = { width: 390, height: 844 } as const;

/** Debian's. @throws Error that says how to have it */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`There is no ${CHROMIUM}: apt-get install chromium`);
  return await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** The dashboard as it is now, in a folder of its own. */
export async function builtDashboard(): Promise<{ folder: string; remove(): void }> {
  const home = mkdtempSync(join(tmpdir(), "headgate-dashboard-"));
  const folder = join(home, "built");
  await build(folder);
  return { folder, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Two weeks of made-up traffic in a data folder of its own, made by a process whose clock is turned back. */
export async function livedIn(adminToken: string, requests = 1200): Promise<{ data: string; remove(): void }> {
  const data = mkdtempSync(join(tmpdir(), "headgate-lived-in-"));
  const made = Bun.spawn(
    [process.execPath, "--no-env-file", join(import.meta.dir, "lived-in.ts"), data, String(requests)],
    { cwd: data, env: { PATH: process.env.PATH, HEADGATE_ADMIN_TOKEN: adminToken }, stdout: "pipe", stderr: "pipe" },
  );
  const [code, said] = [await made.exited, await new Response(made.stderr).text()];
  if (code !== 0) throw new Error(said);
  return { data, remove: () => rmSync(data, { recursive: true, force: true }) };
}

/** Somebody who looks at the dashboard, and whatever went wrong meanwhile. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What broke, what the policy refused, and what was asked of anybody but the gateway. None is expected. */
  readonly faults: string[];
  /** How far what was there already has moved since the page was loaded, as browsers score it, and what of it. */
  shift(): Promise<{ score: number; moved: readonly string[] }>;
  /** Whether something is wider than the screen. */
  isTooWide(): Promise<boolean>;
  /** What axe finds that keeps people out: rule, and where. @param rules only these */
  barriers(rules?: readonly string[]): Promise<readonly string[]>;
  /** Goes there, and waits until all of it is there. */
  see(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Signs in by a one-time link. @param url of the gateway, without a slash at its end; `link` what stands behind `#sign-in=` */
export async function visit(
  browser: Browser,
  url: string,
  link: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: DESKTOP, timezoneId: "UTC", locale: "en-GB", ...options });
  await context.addInitScript(WATCH);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (said) => said.type() === "error" && faults.push(said.text()));
  page.on("dialog", (dialog) => faults.push(dialog.message()));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:image/")) faults.push(request.url());
  });
  await page.goto(`${url}/#sign-in=${link}`);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.locator("#page").waitFor();
  return {
    page,
    context,
    faults,
    shift: async () => (await page.evaluate("window.shift")) as { score: number; moved: string[] },
    isTooWide: async () => Boolean(await page.evaluate("document.documentElement.scrollWidth > innerWidth")),
    async barriers(rules) {
      if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe());
      return (await page.evaluate(axeRun(rules))) as string[];
    },
    async see(path) {
      await page.goto(url + path);
      await page.locator("#page").getByRole("heading", { level: 1 }).first().waitFor();
      await page.evaluate(IS_THERE);
    },
    close: () => context.close(),
  };
}

const WATCH = `
  window.shift = { score: 0, moved: [] };
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (hadRecentInput) continue;
      window.shift.score += value;
      for (const { node, previousRect: from, currentRect: to } of sources)
        window.shift.moved.push([node?.nodeName, node?.textContent.slice(0, 40), from.x, from.y, "to", to.x, to.y].join(" "));
    }
  }).observe({ type: "layout-shift", buffered: true });`;

/** Nothing is waited for any more, and what came has been drawn. */
const IS_THERE = `new Promise((done) => {
  let still = 0;
  const moves = () => document.getAnimations().some(({ effect }) => effect.getComputedTiming().iterations !== Infinity);
  const look = () => {
    const isAwaited = document.querySelector('.skeleton, [aria-busy="true"], [aria-label="Loading"]') !== null;
    still = isAwaited || moves() ? 0 : still + 1;
    if (still === 3) done();
    else requestAnimationFrame(look);
  };
  look();
})`;

const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

function axeRun(rules: readonly string[] | undefined): string {
  return `axe
    .run(document, { resultTypes: ["violations"], runOnly: ${JSON.stringify(rules ?? LEVELS)} })
    .then(({ violations }) => violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ target, html }) => id + " " + target.join(" ") + " " + html.slice(0, 160))))`;
}

let axeText: string | undefined;
function axe(): string {
  axeText ??= textOf("node_modules/axe-core/axe.min.js");
  return axeText;
}
