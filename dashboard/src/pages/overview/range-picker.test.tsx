import { describe, expect, test } from "bun:test";
import { told, traffic } from "../../../test/traffic.ts";
import { at, fireEvent, screen, waitFor, within } from "../../../test/visitor.tsx";
import { spanLabel } from "./span-label.ts";

const SEEN = { before: traffic };
const HOUR = 3_600_000;
const HOUR_NOW = Math.floor(Date.now() / HOUR) * HOUR;
/** So many hours from the one that it is. */
const whole = (hours: number) => new Date(HOUR_NOW + hours * HOUR);
/** As the browser's own field has it. */
const local = (date: Date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const counted = (requests: number) => waitFor(() => expect(told("Requests")).toStartWith(`Requests${requests}`));
const asksOf = (asked: readonly string[]) => asked.filter((one) => /\/admin\/usage\?.*group_by=day$/.test(one));

describe("the time", () => {
  test("is the last 24 hours at first, and another by one press, which stands in the address", () =>
    at(
      "/?by=tag",
      async ({ user, address, asked }) => {
        await counted(3);
        const chosen = () =>
          within(screen.getByRole("radiogroup", { name: "Time" }))
            .getAllByRole("radio")
            .filter((one) => one.getAttribute("aria-checked") === "true")
            .map(({ textContent }) => textContent);
        expect(chosen()).toEqual(["24 h"]);
        expect(asksOf(asked)[0]).toContain("date_part=hour");
        await user.click(screen.getByRole("radio", { name: "30 d" }));
        await waitFor(() => expect(asksOf(asked).at(-1)).toContain("date_part=day"));
        expect([chosen(), address()]).toEqual([["30 d"], "/?by=tag&range=30d"]);
        await counted(3);
        await user.click(screen.getByRole("radio", { name: "24 h" }));
        expect(address()).toBe("/?by=tag");
      },
      SEEN,
    ));

  test("goes from one to the next by the arrows", () =>
    at(
      "/",
      async ({ user, address }) => {
        (await screen.findByRole("radio", { name: "24 h" })).focus();
        await user.keyboard("{ArrowRight}");
        await waitFor(() => expect(address()).toBe("/?range=7d"));
        expect(document.activeElement!.textContent).toBe("7 d");
        await user.keyboard("{ArrowLeft}{ArrowLeft}");
        await waitFor(() => expect(address()).toBe("/?range=1h"));
      },
      SEEN,
    ));

  test("is any other that somebody fills in, and back to the usual one", () =>
    at(
      "/?range=7d",
      async ({ user, address }) => {
        await counted(3);
        await user.click(screen.getByRole("button", { name: "Another time" }));
        await screen.findByRole("dialog", { name: "Which time" });
        fireEvent.change(screen.getByLabelText("From"), { target: { value: local(whole(-5)) } });
        fireEvent.change(screen.getByLabelText("To"), { target: { value: local(whole(-2)) } });
        await user.click(screen.getByRole("button", { name: "Show" }));
        const span = { from: whole(-5).toISOString(), to: whole(-2).toISOString() };
        await waitFor(() => expect(new URL(address(), "http://x").searchParams.get("from")).toContain(span.from));
        expect(address()).not.toContain("range=");
        expect(screen.queryAllByRole("dialog")).toHaveLength(0);
        // Nobody had asked for anything then: no zero is made of that which was before.
        await counted(0);
        const label = spanLabel({ from: whole(-5).getTime(), to: whole(-2).getTime() });
        expect(screen.getByRole("button", { name: label }).title).toMatch(/ to /);
        await user.click(screen.getByRole("button", { name: "Back to the last 24 hours" }));
        await counted(3);
        expect(address()).toBe("/");
      },
      SEEN,
    ));

  test.each([
    ["that ends before it begins", -2, -3, "It must end after it begins."],
    ["that ends as it begins", -2, -2, "It must end after it begins."],
    ["that is still to come", 5, 6, "Nothing has happened then yet."],
  ])("%s is refused at its field", (_, from, to, words) =>
    at(
      "/",
      async ({ user, address }) => {
        await user.click(await screen.findByRole("button", { name: "Another time" }));
        fireEvent.change(await screen.findByLabelText("From"), { target: { value: local(whole(from)) } });
        fireEvent.change(screen.getByLabelText("To"), { target: { value: local(whole(to)) } });
        await user.click(screen.getByRole("button", { name: "Show" }));
        const field = screen.getByLabelText("To");
        await waitFor(() => expect(field.getAttribute("aria-invalid")).toBe("true"));
        expect(document.getElementById(field.getAttribute("aria-describedby")!)!.textContent).toBe(words);
        expect(address()).toBe("/");
        await user.click(screen.getByRole("button", { name: "Cancel" }));
        expect(screen.queryAllByRole("dialog")).toHaveLength(0);
      },
      SEEN,
    ),
  );

  test("of a link is that of the link; where it makes no sense, the usual one", async () => {
    const span = `from=${whole(-5).toISOString()}&to=${whole(-2).toISOString()}`;
    await at(`/?${span}`, () => counted(0), SEEN);
    for (const nonsense of ["from=yesterday&to=now", `from=${whole(-2).toISOString()}&to=${whole(-5).toISOString()}`])
      await at(
        `/?${nonsense}`,
        async () => {
          await counted(3);
          expect(screen.getByRole("radio", { name: "24 h" }).getAttribute("aria-checked")).toBe("true");
        },
        SEEN,
      );
  });
});

describe("charts", () => {
  const chart = (title: string) => screen.findByRole("heading", { level: 2, name: title });

  test("have a colour for each that requests are told apart by", () =>
    at(
      "/?by=user",
      async () => {
        const colours = within(await screen.findByRole("list", { name: "Colours" }));
        await colours.findByText("ada");
        expect(colours.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual(["ada", "No end user"]);
      },
      SEEN,
    ));

  test("of what there was none of say so, each of its own", () =>
    at(
      `/?from=${whole(-5).toISOString()}&to=${whole(-2).toISOString()}`,
      async () => {
        for (const what of ["spend", "requests", "tokens", "errors"])
          expect((await screen.findAllByText(`No ${what} in this time`)).length).toBeGreaterThan(0);
        expect(await screen.findAllByText("No streams in this time")).toHaveLength(2);
      },
      SEEN,
    ));

  test("of time to the first token are of the half or of nearly all, as somebody chooses", () =>
    at(
      "/",
      async ({ user, address }) => {
        await chart("Time to first token");
        await user.click(screen.getByRole("radio", { name: "p95" }));
        await waitFor(() => expect(address()).toBe("/?share=p95"));
        expect(screen.getByRole("radio", { name: "p95" }).getAttribute("aria-checked")).toBe("true");
        await user.click(screen.getByRole("radio", { name: "p50" }));
        await waitFor(() => expect(address()).toBe("/"));
      },
      SEEN,
    ));

  test("that cannot be told say why, and are asked for again", () => {
    let fails = true;
    return at(
      "/",
      async ({ user }) => {
        const charts = within(await screen.findByRole("region", { name: "Over time" }));
        const alert = await charts.findByRole("alert");
        expect(alert.textContent).toContain("Too slow.");
        fails = false;
        await user.click(within(alert).getByRole("button", { name: "Try again" }));
        await waitFor(() => expect(charts.queryAllByRole("alert")).toHaveLength(0));
      },
      {
        ...SEEN,
        standIn: (path) =>
          fails && path.startsWith("/admin/latency")
            ? Response.json({ error: { message: "Too slow.", code: "invalid_request" } }, { status: 400 })
            : undefined,
      },
    );
  });
});
