import { describe, expect, test } from "bun:test";
import { ask, made } from "../../../test/access/keys.ts";
import { at, screen, type Visitor, waitFor } from "../../test/visitor.tsx";

const heading = (name: string) => screen.findByRole("heading", { level: 1, name });
const dialogs = () => screen.queryAllByRole("dialog").length;
const gone = () => waitFor(() => expect(dialogs()).toBe(0));
const go = async ({ user }: Visitor, page: string) => {
  await user.click(await screen.findByRole("link", { name: page }));
  await heading(page);
};
/** Where the history has come to rest. */
const rest = (history: Visitor["history"], dialogsThere: number) =>
  waitFor(() => expect(history.location.state.dialogs ?? 0).toBe(dialogsThere));

describe("Back", () => {
  test("closes a dialog that is open, and leaves the page only then", () =>
    at("/models", async (visitor) => {
      const { user, history, address } = visitor;
      await go(visitor, "Settings");
      await user.keyboard("?");
      await screen.findByRole("dialog", { name: "Keys" });
      await rest(history, 1);
      history.back();
      await gone();
      expect(address()).toBe("/settings");
      history.back();
      await heading("Models");
    }));

  test("closes one that was opened on the first page that was seen", () =>
    at("/models", async ({ user, history, address }) => {
      await heading("Models");
      await user.keyboard("?");
      await rest(history, 1);
      history.back();
      await gone();
      expect(address()).toBe("/models");
    }));

  test("closes a drawer that stands in the address, and takes it out", () => {
    let id = "";
    return at(
      "/models",
      async (visitor) => {
        const { history, user, address } = visitor;
        await go(visitor, "Keys & teams");
        await user.click(await screen.findByText("one-key"));
        await waitFor(() => expect(address()).toBe(`/keys?key=${id}`));
        await rest(history, 1);
        history.back();
        await gone();
        await waitFor(() => expect(address()).toBe("/keys"));
        history.back();
        await heading("Models");
      },
      {
        before: async (gateway) => {
          ({ id } = await made(gateway, { name: "one-key" }));
        },
      },
    );
  });

  test("closes the topmost of two, and then the other", () =>
    at(
      "/routing",
      async ({ history, user, address }) => {
        await user.click(await screen.findByText("no-nano"));
        await rest(history, 1);
        await user.click(screen.getByRole("button", { name: "Remove" }));
        await screen.findByRole("dialog", { name: "Remove no-nano?" });
        await rest(history, 2);
        history.back();
        await waitFor(() => expect(dialogs()).toBe(1));
        expect(address()).toBe("/routing?rule=no-nano");
        history.back();
        await gone();
        await waitFor(() => expect(address()).toBe("/routing"));
      },
      {
        before: (gateway) =>
          ask(gateway, "POST", "/admin/routing-rules", { id: "no-nano", type: "deny", model: "openai/gpt-5-nano" }),
      },
    ));
});

describe("no entry is left", () => {
  test.each([
    ["by its cross", (user: Visitor["user"]) => user.click(screen.getByRole("button", { name: "Close" }))],
    ["by Cancel", (user: Visitor["user"]) => user.click(screen.getByRole("button", { name: "Cancel" }))],
  ])("behind a drawer that was closed %s", (_, close) =>
    at("/models", async (visitor) => {
      const { history, user, address } = visitor;
      await go(visitor, "Keys & teams");
      for (let n = 0; n < 3; n++) {
        await user.click((await screen.findAllByRole("button", { name: "Make a key" }))[0]!);
        await screen.findByRole("dialog");
        await rest(history, 1);
        await close(user);
        await gone();
        await rest(history, 0);
        await waitFor(() => expect(address()).toBe("/keys"));
      }
      history.back();
      await heading("Models");
    }),
  );

  test("where somebody goes elsewhere from a dialog", () =>
    at("/models", async ({ history, user }) => {
      await heading("Models");
      await user.keyboard("{Control>}k{/Control}");
      await screen.findByRole("dialog", { name: "Find or do" });
      await rest(history, 1);
      await user.keyboard("settings{Enter}");
      await heading("Settings");
      await gone();
      history.back();
      await heading("Models");
      expect([dialogs(), history.location.state.dialogs]).toEqual([0, undefined]);
    }));

  test("where somebody goes forward to a dialog that was closed", () =>
    at("/models", async ({ history, user }) => {
      await heading("Models");
      await user.keyboard("?");
      await rest(history, 1);
      history.back();
      await gone();
      history.forward();
      await rest(history, 0);
      expect(dialogs()).toBe(0);
    }));
});
