import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { cleanUp, folder, LAUNCHER, ROOT, startHeadgate } from "../../test/support/process.ts";
import { openBrowser, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await cleanUp();
});

test("from the first start to the first request: the link, a key, a line that is pasted, and there it is", async () => {
  const data = folder();
  const { url } = await startHeadgate(["--data", data], { command: LAUNCHER, cwd: data });
  const told = readFileSync(join(data, "first-run.txt"), "utf8");
  const link = /#sign-in=([\w-]+)/.exec(told)?.[1];
  expect(told).toContain(`${url}/#sign-in=`);
  const { page, faults, close } = await visit(browser, url, link!);

  // Nothing has come in: it leads to how to begin.
  await page.waitForURL("**/start");
  await page.getByText("Waiting for your first request").waitFor();
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("button", { name: "Copy the key" }).waitFor();
  const snippet = () => page.getByRole("button", { name: "Copy the code" }).locator("xpath=..").locator("code");
  const curl = (await snippet().textContent())!;
  expect(curl).toContain(`${url}/v1/chat/completions`);
  const pasted = Bun.spawn(["bash", "-c", curl], { stdout: "pipe", stderr: "ignore" });
  expect(await new Response(pasted.stdout).text()).toContain("data: [DONE]");

  // Nobody has asked for it: it is there.
  const seen = page.getByRole("link", { name: /^answered openai\/gpt-5/ });
  await seen.waitFor();
  const before = await seen.getAttribute("href");

  await page.getByRole("radio", { name: "TypeScript" }).click();
  const program = join(ROOT, "node_modules", `.first-run-${process.pid}.ts`);
  writeFileSync(program, (await snippet().textContent())!);
  try {
    const ran = Bun.spawn([process.execPath, "--no-env-file", program], { stdout: "pipe", stderr: "pipe" });
    expect([await new Response(ran.stderr).text(), await ran.exited]).toEqual(["", 0]);
  } finally {
    if (existsSync(program)) await Bun.file(program).delete();
  }
  await page.locator(`a[href^="/requests/gen_"]:not([href="${before}"])`).waitFor();
  await seen.click();
  await page.getByRole("heading", { name: "Route" }).waitFor();
  expect(faults).toEqual([]);
  await close();
});

test("a link that was used lets nobody in, and says how to have another", async () => {
  const data = folder();
  const { url } = await startHeadgate(["--data", data], { cwd: data });
  const link = /#sign-in=([\w-]+)/.exec(readFileSync(join(data, "first-run.txt"), "utf8"))![1]!;
  await (await visit(browser, url, link)).close();
  const page = await browser.newPage();
  await page.goto(`${url}/#sign-in=${link}`);
  await page.getByText("This link was used already, or is too old").waitFor();
  expect(page.url()).toBe(`${url}/`);
  await page.close();
});
