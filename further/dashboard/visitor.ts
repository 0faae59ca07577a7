import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "../../dashboard/build.ts";
import { TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { openBrowser } from "./browser.ts";

/** The dashboard as it is built now, and a browser before it. */
export class Visitors {
  private readonly folder = mkdtempSync(join(tmpdir(), "headgate-dashboard-"));
  private browser: Browser | undefined;

  async come(): Promise<void> {
    await build(join(this.folder, "built"));
    this.browser = await openBrowser();
  }

  async leave(): Promise<void> {
    await this.browser?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Somebody who is signed in at a gateway, looks at `path`, and does something.
   * @throws Error for what broke in the browser meanwhile: exceptions, what the policy refused, whatever it complained of but replies that refuse
   */
  async at(
    path: string,
    does: (page: Page, gateway: RunningGateway) => Promise<void>,
    {
      role = "admin",
      config = {},
      remembers = false,
      before = async () => undefined,
    }: {
      role?: "admin" | "viewer";
      config?: Record<string, unknown>;
      /** What one request has learned of providers is known afterwards. */
      remembers?: boolean;
      /** What was done there before. */
      before?: (gateway: RunningGateway) => Promise<unknown>;
    } = {},
  ): Promise<void> {
    const gateway = await startGateway({
      dashboard: join(this.folder, "built"),
      config: { admin_token: TOKEN, ...config },
      remembers,
    });
    const context = await this.browser!.newContext({ viewport: { width: 1360, height: 900 }, timezoneId: "UTC" });
    const faults: string[] = [];
    try {
      await before(gateway);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (said) => {
        if (said.type() === "error" && !/status of 4\d\d/.test(said.text())) faults.push(said.text());
      });
      await page.goto(`${gateway.url}/#sign-in=${await linked(gateway, { role })}`);
      await page.getByRole("navigation").first().waitFor();
      await page.goto(gateway.url + path);
      await does(page, gateway);
    } finally {
      await context.close();
      await gateway.stop();
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
  }
}
