import { describe, expect, test } from "bun:test";
import type { KeptBodies } from "../../../../../src/admin/contract.ts";
import { ask } from "../../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../../test/support/gateway.ts";
import { look, MODEL } from "../../../../test/request.ts";
import { screen, waitFor, within } from "../../../../test/visitor.tsx";

const KEEPING = { key: { name: "keeping", keep_bodies: true } };
const SHOW = "Show the request and its answer";

const card = async (title: string) =>
  (await screen.findByRole("heading", { level: 2, name: title })).closest("section")!;
/** Nothing where there is no such part. */
const textOf = (title: string) =>
  screen.queryByRole("heading", { level: 2, name: title })?.closest("section")?.textContent ?? "";
const reads = (asked: readonly string[]) => asked.filter((one) => one.endsWith("/bodies")).length;
const audited = async (gateway: RunningGateway): Promise<string[]> =>
  (await jsonOf(await ask(gateway, "GET", "/admin/audit"))).data.map((one: { action: string }) => one.action);

/** What is kept, in place of what is. */
const kept = (some: Partial<KeptBodies>) => ({
  some: { has_bodies: true },
  standIn: (path: string) =>
    path.endsWith("/bodies")
      ? Response.json({ asked: null, answered: null, asked_headers: null, answered_headers: null, ...some })
      : undefined,
});
const show = async (user: { click(element: Element): Promise<void> }) =>
  user.click(await screen.findByRole("button", { name: SHOW }));

describe("what was said", () => {
  test("and was not kept says how to have it kept", () =>
    look(async ({ user, address }) => {
      const said = await card("What was said");
      expect(said.textContent).toContain("Nothing of it is kept");
      await user.click(within(said).getByRole("link", { name: "To the keys" }));
      expect(address()).toBe("/keys");
    }));

  test("is read when somebody wants to and not before, and that they did is written down", () =>
    look(
      async ({ user, gateway, asked }) => {
        await screen.findByRole("button", { name: SHOW });
        expect(reads(asked)).toBe(0);
        const before = (await audited(gateway)).length;
        await show(user);
        await waitFor(() => expect(textOf("Asked")).toContain('"A secret wish [sim'));
        expect(textOf("Answered")).toContain('"The answer."');
        expect(reads(asked)).toBe(1);
        expect(await audited(gateway)).toHaveLength(before + 1);
      },
      { sent: { ...KEEPING, text: 'A secret wish [sim say="The answer."]' } },
    ));

  test("is not read by a viewer, who is told why", () =>
    look(
      async ({ asked }) => {
        const button = await screen.findByRole<HTMLButtonElement>("button", { name: SHOW });
        expect([button.disabled, button.title]).toEqual([true, "Only an admin may read what people said."]);
        expect(reads(asked)).toBe(0);
      },
      { role: "viewer", sent: KEEPING },
    ));

  test("in a stream is shown as what it says, and as its frames where that is asked", () =>
    look(
      async ({ user }) => {
        await show(user);
        await waitFor(() => expect(textOf("Answered")).toContain("All of it in one."));
        expect(textOf("Answered")).not.toContain("data:");
        await user.click(within(await card("Answered")).getByRole("radio", { name: "Frames" }));
        expect(textOf("Answered")).toContain("data: {");
        await user.click(within(await card("Answered")).getByRole("radio", { name: "Text" }));
        expect(textOf("Answered")).not.toContain("data:");
      },
      { sent: { ...KEEPING, more: { stream: true }, text: '[sim say="All of it in one."] Hi' } },
    ));

  test("is shown plain and copied as it is shown", () =>
    look(
      async ({ user }) => {
        await show(user);
        await screen.findByRole("heading", { level: 2, name: "Asked" });
        await user.click(await within(await card("Asked")).findByRole("radio", { name: "Plain" }));
        await user.click(within(await card("Asked")).getByRole("button", { name: "Copy what was asked" }));
        expect(await navigator.clipboard.readText()).toBe('{\n  "a": [\n    1\n  ]\n}');
      },
      kept({ asked: '{"a":[1]}' }),
    ));

  test("is folded where it is deep, and unfolded by who presses there", () =>
    look(
      async ({ user }) => {
        await show(user);
        await waitFor(() => expect(textOf("Asked")).toContain("1 member"));
        expect(textOf("Asked")).not.toContain("deep within");
        await user.click(within(await card("Asked")).getByRole("button", { name: "Unfold 1 member" }));
        expect(textOf("Asked")).toContain('"deep within"');
        await user.click(within(await card("Asked")).getByRole("button", { name: "Fold 2 members" }));
        expect(textOf("Asked")).not.toContain("deep within");
        expect(textOf("Asked")).toContain("2 members");
      },
      kept({ asked: JSON.stringify({ b: null, a: { a: { a: { a: { a: "deep within" } } } } }) }),
    ));

  test("is drawn in part where it is long, and whole where that is asked", () =>
    look(
      async ({ user }) => {
        await show(user);
        await waitFor(() => expect(textOf("Asked")).toContain("50 more"));
        expect(textOf("Asked")).not.toContain("item 149");
        expect(textOf("Answered")).not.toContain("the end");
        await user.click(within(await card("Asked")).getByRole("button", { name: "50 more" }));
        expect(textOf("Asked")).toContain("item 149");
        await user.click(within(await card("Answered")).getByRole("button", { name: "1,407 more" }));
        expect(textOf("Answered")).toContain("the end");
      },
      kept({
        asked: JSON.stringify({ input: Array.from({ length: 150 }, (_, i) => `item ${i}`) }),
        answered: JSON.stringify([`${"x".repeat(2000)}the end`]),
      }),
    ));

  test("and was cut, is empty, or is markup, is told as that", () =>
    look(
      async ({ user }) => {
        await show(user);
        await waitFor(() => expect(textOf("Asked")).toContain("Cut at 64 KB"));
        expect(textOf("Asked")).toContain("<img src=x onerror=alert(1)>");
        expect(document.querySelectorAll("img")).toHaveLength(0);
        expect(textOf("Answered")).toContain("Nothing.");
      },
      kept({ asked: `<img src=x onerror=alert(1)>${"x".repeat(65_536)}` }),
    ));

  test("that cannot be read is told in the gateway's words, and read again", () => {
    let isDown = true;
    return look(
      async ({ user }) => {
        await show(user);
        const alert = await within(await card("Asked")).findByRole("alert");
        expect(alert.textContent).toContain("The shelf is locked.");
        expect(screen.queryAllByRole("heading", { name: "Header fields" })).toHaveLength(0);
        isDown = false;
        await user.click(within(alert).getByRole("button", { name: "Try again" }));
        await waitFor(() => expect(textOf("Answered")).toContain('"The answer."'));
      },
      {
        sent: { ...KEEPING, text: '[sim say="The answer."] Hi' },
        standIn: (path) =>
          isDown && path.endsWith("/bodies")
            ? Response.json({ error: { message: "The shelf is locked.", code: "forbidden" } }, { status: 403 })
            : undefined,
      },
    );
  });
});

describe("header fields", () => {
  test("are of the client and of each provider, without what lets somebody in", () =>
    look(
      async ({ user }) => {
        await show(user);
        const asked = await screen.findByRole("region", { name: "Header fields: Asked" });
        expect(asked.textContent).toContain("content-typeapplication/json");
        // What nobody knows may be a secret: its name is told alone.
        expect(asked.textContent).toMatch(/Kept back: .*x-mark/);
        for (const secret of ["of the client", "Bearer", "authorization"])
          expect(document.body.textContent).not.toContain(secret);
        expect(screen.getAllByRole("region", { name: /^Header fields: openai:/ })[0]!.textContent).toContain("200");
      },
      { sent: { ...KEEPING, headers: { "x-mark": "of the client" } } },
    ));

  test("that are kept back are named, and none are told as none", () =>
    look(
      async ({ user }) => {
        await show(user);
        const asked = await screen.findByRole("region", { name: "Header fields: Asked" });
        expect(asked.textContent).toBe("AskedxyKept back: cookie, x-own");
        const answered = screen.getByRole("region", { name: "Header fields: acme:m" });
        expect(answered.textContent).toBe("acme:m503None.");
      },
      kept({
        asked_headers: [
          { name: "x", value: "y" },
          { name: "cookie", value: null },
          { name: "x-own", value: null },
        ],
        answered_headers: [{ endpoint: "acme:m", status: 503, headers: [] }],
      }),
    ));

  test("of an old request say why there are none", () =>
    look(async ({ user }) => {
      await show(user);
      await screen.findByText("This request is older than the version that keeps them.");
    }, kept({})));
});

describe("a request as a command", () => {
  const copied = async (user: { click(element: Element): Promise<void> }) => {
    await user.click(await screen.findByRole("button", { name: "Copy as curl" }));
    await screen.findByRole("button", { name: "Copied" });
    return navigator.clipboard.readText();
  };

  test("asks the same again where that is kept, and that it was read is written down", () =>
    look(
      async ({ user, gateway }) => {
        const before = (await audited(gateway)).length;
        const command = await copied(user);
        expect(command).toStartWith("curl http");
        expect(command).toContain("/v1/chat/completions");
        const body = JSON.parse(command.slice(command.indexOf("-d '") + 4, -1).replaceAll(String.raw`'\''`, "'"));
        expect(body).toEqual({ model: MODEL, messages: [{ role: "user", content: "It's me" }], seed: 7 });
        expect(command).toContain("Bearer $HEADGATE_API_KEY");
        expect(await audited(gateway)).toHaveLength(before + 1);
      },
      { sent: { ...KEEPING, more: { seed: 7 }, text: "It's me" } },
    ));

  test("has dots where it is not kept, and says so", () =>
    look(
      async ({ user, asked }) => {
        const command = await copied(user);
        expect(command).toContain('"content": "…"');
        expect(command).toContain('"user": "ada"');
        await screen.findAllByText("Copied without what was said, which is not kept: fill in the dots.");
        expect(reads(asked)).toBe(0);
      },
      { sent: { more: { user: "ada" } } },
    ));

  test("has dots for a viewer, who does not read what was said", () =>
    look(
      async ({ user, asked }) => {
        expect(await copied(user)).not.toContain("A secret wish");
        expect(reads(asked)).toBe(0);
      },
      { role: "viewer", sent: { ...KEEPING, text: "A secret wish" } },
    ));

  test("is none where it takes files", () =>
    look(
      async () => {
        const button = await screen.findByRole<HTMLButtonElement>("button", { name: "Copy as curl" });
        expect([button.disabled, button.title]).toEqual([true, "A command cannot ask this: it takes files."]);
      },
      { some: { wire: "openai-transcriptions", operation: "transcribe" } },
    ));

  test("that cannot be made is told in the gateway's words", () => {
    // Its own: what is told in passing stays for a while, over the next page as well.
    const message = `The shelf ${crypto.randomUUID()} is locked.`;
    return look(
      async ({ user }) => {
        await user.click(await screen.findByRole("button", { name: "Copy as curl" }));
        await screen.findByText(new RegExp(message));
        expect(screen.queryAllByRole("button", { name: "Copied" })).toHaveLength(0);
      },
      {
        sent: KEEPING,
        standIn: (path) =>
          path.endsWith("/bodies")
            ? Response.json({ error: { message, code: "forbidden" } }, { status: 403 })
            : undefined,
      },
    );
  });
});
