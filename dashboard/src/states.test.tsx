import { describe, expect, test } from "bun:test";
import { at, type StandIn, screen, waitFor } from "../test/visitor.tsx";
import { PAGES } from "./shell/pages.ts";

/** Every page where nothing comes, where it comes late, and for who may change nothing. */

const ALL = PAGES.map(({ path, title }) => [path, title] as const);
const isOfPage = (path: string) => !/^\/admin\/(session|sign-in|events)/.test(path);
/** Not one that is asked again by itself, which takes seconds. */
const refusal = (message: string) => Response.json({ error: { message, code: "forbidden" } }, { status: 403 });

describe("where the gateway fails", () => {
  test.each(ALL)("%s says so in its words, and shows the page once it is well", async (path, title) => {
    let isWell = false;
    const standIn: StandIn = (asked) => (isWell || !isOfPage(asked) ? undefined : refusal("The disk is full."));
    await at(
      path,
      async ({ user }) => {
        expect((await screen.findAllByRole("alert")).map(({ textContent }) => textContent).join()).toContain(
          "The disk is full.",
        );
        expect(screen.getByRole("heading", { level: 1 }).textContent).toContain(title);
        isWell = true;
        // What was asked for while it failed may be told afterwards.
        await waitFor(async () => {
          for (const again of screen.queryAllByRole("button", { name: "Try again" })) await user.click(again);
          expect(screen.queryAllByText(/The disk is full/)).toHaveLength(0);
        });
      },
      { standIn },
    );
  });
});

describe("while nothing has come", () => {
  test.each(ALL)("%s stands there with its heading, and says of nothing that there is none", async (path, title) => {
    await at(
      path,
      async () => {
        expect((await screen.findByRole("heading", { level: 1 })).textContent).toContain(title);
        expect(document.body.textContent).not.toMatch(/\bNo (keys|requests|budgets|rules|models|teams)\b|\$0\.00/);
        expect(screen.queryByRole("alert")).toBeNull();
      },
      { standIn: (asked, { signal }) => (isOfPage(asked) ? never(signal) : undefined) },
    );
  });
});

describe.each([
  ["a viewer", { role: "viewer" }, /an admin can change this/],
  ["whoever may change nothing here, for the file rules", { config: { admin: "locked" } }, /Locked: `admin`/],
] as const)("%s", (_, visit, why) => {
  const pages = ALL.filter(([path]) => !["/playground", "/start"].includes(path));
  test.each(pages)("sees %s, and finds no button that would change anything", async (path) => {
    await at(
      path,
      async ({ asked }) => {
        await screen.findByRole("heading", { level: 1 });
        await waitFor(() => expect(document.querySelectorAll('[aria-busy="true"], .skeleton')).toHaveLength(0));
        const changing = changingButtons();
        expect(changing.filter(({ disabled }) => !disabled).map(({ textContent }) => textContent)).toEqual([]);
        for (const { title } of changing) expect(title).toMatch(why);
        expect(asked.filter((one) => !one.startsWith("GET"))).toEqual([]);
      },
      visit,
    );
  });
});

test.each(["/keys", "/budgets", "/routing"])("an admin finds some of those buttons at %s", (path) =>
  at(path, async () => {
    await screen.findByRole("heading", { level: 1 });
    await waitFor(() => expect(changingButtons().filter(({ disabled }) => !disabled).length).toBeGreaterThan(0));
  }),
);

function changingButtons(): HTMLButtonElement[] {
  return screen
    .queryAllByRole<HTMLButtonElement>("button")
    .filter((button) => CHANGING.test((button.getAttribute("aria-label") ?? button.textContent).trim()));
}

/** How what changes something begins. */
const CHANGING = /^(Make|New|Add|Save|Set|Delete|Remove|Revoke|Rotate|Change|Another budget|Enter|Edit|End|Invite)\b/;

/** Until whoever asks has gone. */
function never(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, refuse) => signal?.addEventListener("abort", () => refuse(signal.reason)));
}
