import { expect, test } from "bun:test";
import { at, screen } from "../test/visitor.tsx";
import { PAGES } from "./shell/pages.ts";

test.each(PAGES.map(({ path, title }) => [path, title] as const))("%s is headed %s", (path, title) =>
  at(path, async () => {
    expect((await screen.findByRole("heading", { level: 1 })).textContent).toContain(title);
  }),
);

test("where there is no page, the way back is told", () =>
  at("/nope", async ({ user, address }) => {
    await user.click(await screen.findByRole("link", { name: "To the overview" }));
    expect(address()).toBe("/");
  }));

test("who has not signed in is asked who they are, and asks for nothing else", () =>
  at(
    "/keys",
    async ({ asked }) => {
      await screen.findByLabelText(/admin token/i);
      expect(asked.filter((one) => !/session|sign-in/.test(one))).toEqual([]);
    },
    { role: "nobody" },
  ));
