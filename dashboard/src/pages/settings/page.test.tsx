import { describe, expect, test } from "bun:test";
import { ask, made, TOKEN } from "../../../../test/access/keys.ts";
import { jsonOf } from "../../../../test/support/gateway.ts";
import { signedIn } from "../../../../test/support/signed-in.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const tab = async (user: { click(element: Element): Promise<void> }, name: string) =>
  user.click(await screen.findByRole("tab", { name }));

describe("what is in force", () => {
  test("is told with where each value comes from", () =>
    at(
      "/settings?tab=in-force",
      async () => {
        const path = await screen.findByText("rate_limits.per_key.requests_per_minute");
        const line = path.closest("li")!;
        expect(line.textContent).toContain("1200");
        expect(within(line).getByText("program")).toBeTruthy();
        expect(within(line).queryByText("default")).toBeNull();
      },
      { config: { rate_limits: { per_key: { requests_per_minute: 1200 } } } },
    ));

  test("shows no secret, only that there is one", () =>
    at("/settings?tab=in-force", async () => {
      const path = await screen.findByText("admin_token", { selector: "p" });
      expect(path.closest("li")!.textContent).toContain("set, and kept secret");
      expect(document.documentElement.outerHTML).not.toContain(TOKEN);
    }));

  test("is searched by words of any kind, and narrowed to what was told here", () =>
    at("/settings?tab=in-force", async ({ user, address }) => {
      await screen.findByText("admin_token", { selector: "p" });
      const all = screen.getAllByRole("listitem").length;
      await user.click(screen.getByRole("radio", { name: /Told here/ }));
      await waitFor(() => expect(screen.getAllByRole("listitem").length).toBeLessThan(all));
      expect(screen.queryByText("default")).toBeNull();
      expect(address()).toContain("of=told");
      await user.type(screen.getByRole("searchbox"), "admin token zzz");
      await screen.findByText("No setting is like that");
      await user.click(screen.getByRole("button", { name: "Show all" }));
      await waitFor(() => expect(screen.getAllByRole("listitem").length).toBe(all));
      expect(address()).toBe("/settings?tab=in-force");
    }));
});

describe("general", () => {
  test("says which address clients have, and that the limit of all cost is none", () =>
    at("/settings", async () => {
      await screen.findByText("Nothing of its own limits what is spent.");
      expect(screen.getByText(`${location.origin}/v1`)).toBeTruthy();
      expect(await screen.findByText(/SQLite, in memory/)).toBeTruthy();
    }));

  test("a cost limit of all is set here", () =>
    at("/settings", async ({ user, gateway }) => {
      await user.click(await screen.findByRole("button", { name: "Set a budget" }));
      await user.type(await screen.findByLabelText("Limit in dollars"), "20");
      await user.click(screen.getByRole("button", { name: "Make the budget" }));
      await screen.findByText(/The budget is made/);
      expect((await screen.findByRole("meter")).getAttribute("aria-valuetext")).toBe("$0.00 spent, of $20.00");
      expect((await jsonOf(await ask(gateway, "GET", "/admin/budgets"))).data).toMatchObject([
        { scope: "gateway", limit_usd: 20, period: "monthly" },
      ]);
    }));

  test("a gateway that the file rules says so on each tab", () =>
    at(
      "/settings?tab=audit",
      async () => {
        expect((await screen.findByText("Locked.")).parentElement!.textContent).toContain("admin: locked");
      },
      { config: { admin: "locked" } },
    ));
});

describe("who is in", () => {
  test("is listed, the viewer's own session marked; another's is ended after somebody was asked", () =>
    at(
      "/settings?tab=access",
      async ({ user, gateway }) => {
        const other = (await screen.findByText("Grace")).closest("tr")!;
        await user.click(within(other).getByRole("button", { name: /end/i }));
        const asked = await screen.findByRole("dialog");
        await user.click(within(asked).getByRole("button", { name: /end/i }));
        await waitFor(() => expect(screen.queryAllByText("Grace")).toHaveLength(0));
        const { data } = await jsonOf(await ask(gateway, "GET", "/admin/sessions"));
        expect(data.map(({ name }: { name: string | null }) => name)).not.toContain("Grace");
      },
      { before: (gateway) => signedIn(gateway, "viewer", "Grace") },
    ));

  test("a viewer sees nobody's secret, and ends nobody's session but by signing out", () =>
    at(
      "/settings?tab=access",
      async () => {
        await screen.findByRole("table");
        for (const button of screen.getAllByRole<HTMLButtonElement>("button", { name: /^End/ }))
          expect(button.disabled).toBe(true);
      },
      { role: "viewer" },
    ));
});

describe("what was done", () => {
  test("is written down with who did it, opens beside the list, and never tells a secret", () => {
    let secret = "";
    return at(
      "/settings?tab=audit",
      async ({ user, address }) => {
        const [line] = (await screen.findAllByText(/ci/))
          .map((found) => found.closest("tr"))
          .filter((row) => row !== null);
        await user.click(line!);
        const drawer = await screen.findByRole("dialog");
        expect(drawer.textContent).toContain("ci");
        expect(address()).toContain("entry=");
        expect(document.documentElement.outerHTML).not.toContain(secret);
        await user.click(within(drawer).getByRole("button", { name: "Close" }));
        await waitFor(() => expect(address()).toBe("/settings?tab=audit"));
      },
      {
        before: async (gateway) => {
          ({ key: secret } = await made(gateway, { name: "ci" }));
        },
      },
    );
  });

  test("going from tab to tab leaves an opened entry behind", () =>
    at("/settings?tab=audit&entry=aud_1", async ({ user, address }) => {
      await tab(user, "About");
      expect(address()).toBe("/settings?tab=about");
      await tab(user, "General");
      expect(address()).toBe("/settings");
    }));
});
