import { describe, expect, test } from "bun:test";
import { ask } from "../../../../test/access/keys.ts";
import { jsonOf } from "../../../../test/support/gateway.ts";
import { at, screen, type Visit, type Visitor, waitFor, within } from "../../../test/visitor.tsx";

const DOOR = "POST /admin/playground/chat/completions?attempts=true";
const PLACE = "/playground?model=openai/gpt-5";
const box = () => screen.findByLabelText<HTMLTextAreaElement>("What is said");
const button = (name: string) => screen.findByRole<HTMLButtonElement>("button", { name });
const answer = (model = "openai/gpt-5") =>
  screen.queryByRole("region", { name: `Answer of ${model}` })?.textContent ?? "";
const sent = (asked: readonly string[]) => asked.filter((one) => one === DOOR).length;

/** Says something once it can be said. */
async function say({ user }: Pick<Visitor, "user">, text: string): Promise<void> {
  await user.click(await box());
  await user.paste(text);
  await waitFor(async () => expect((await button("Send")).disabled).toBe(false));
  await user.click(await button("Send"));
}
/** The simulator answers, and providers can be broken. */
const SIMULATED: Visit = {
  standIn: (path) =>
    path === "/admin/health" ? Response.json({ simulated: true, replicas: [], providers: [] }) : undefined,
};

describe("the playground", () => {
  test("is for admins alone, and says so to a viewer", () =>
    at(
      PLACE,
      async () => {
        await screen.findByText("For admins alone");
        expect(screen.queryAllByLabelText("What is said")).toHaveLength(0);
      },
      { role: "viewer" },
    ));

  test("sends nothing while there is nothing to send", () =>
    at(PLACE, async ({ user, asked }) => {
      await user.type(await box(), "   ");
      expect((await button("Send")).disabled).toBe(true);
      await user.keyboard("{Control>}{Enter}{/Control}");
      expect(sent(asked)).toBe(0);
    }));

  test("tells an answer with who gave it, and leads to its request", () =>
    at(PLACE, async (visitor) => {
      await say(visitor, 'Hi [sim say="A lock on a canal."]');
      await waitFor(() => expect(answer()).toContain("Request"));
      expect(answer()).toContain("A lock on a canal.");
      expect(answer()).toMatch(/openai.*answered/);
      expect((await box()).value).toBe("");
      await visitor.user.click(await button("Copy the answer"));
      expect(await navigator.clipboard.readText()).toBe("A lock on a canal.");
      await visitor.user.click(screen.getByRole("link", { name: "Request" }));
      await screen.findByRole("heading", { level: 1, name: "Request" });
      const id = visitor.address().slice("/requests/".length);
      expect((await ask(visitor.gateway, "GET", `/admin/generations/${id}`)).status).toBe(200);
    }));

  test("asks once, however often it is sent", () =>
    at(PLACE, async ({ user, asked }) => {
      await user.click(await box());
      await user.paste("Hi");
      await waitFor(async () => expect((await button("Send")).disabled).toBe(false));
      await user.keyboard("{Control>}{Enter}{Enter}{/Control}");
      await waitFor(() => expect(answer()).toContain("Request"));
      expect(sent(asked)).toBe(1);
    }));

  test.each([
    ["whether the simulator answers here", `${PLACE}&break=openai:overloaded`, "/admin/health"],
    ["which models there are", "/playground", "/admin/models"],
  ])("sends once it is known %s, says so until then, and not what was changed meanwhile", (what, where, path) => {
    const { promise: known, resolve: tell } = Promise.withResolvers<void>();
    const told = SIMULATED.standIn!;
    return at(
      where,
      async ({ user, asked, gateway }) => {
        await user.type(await box(), "Hi");
        await user.keyboard("{Control>}{Enter}{/Control}");
        await screen.findByText(`Goes out once it is known ${what}.`);
        expect((await button("Send")).disabled).toBe(true);
        await user.type(await box(), "!");
        expect(screen.queryAllByText(/^Goes out/)).toHaveLength(0);
        await user.click(await button("Send"));
        await screen.findByText(/^Goes out/);
        expect(sent(asked)).toBe(0);
        tell();
        await screen.findByRole("link", { name: "Request" });
        expect(sent(asked)).toBe(1);
        expect((await box()).value).toBe("");
        expect(screen.queryAllByText(/^Goes out/)).toHaveLength(0);
        const { data } = await jsonOf(await ask(gateway, "GET", "/admin/generations"));
        expect(data).toHaveLength(1);
      },
      {
        standIn: (asked, init) =>
          asked === path
            ? known.then(() => told(asked, init) ?? globalThis.fetch(`${asked}?`, init))
            : told(asked, init),
      },
    );
  });

  test("says why where it does not come to be known, and goes on from there", () => {
    let isRefused = true;
    return at(
      `${PLACE}&break=openai:overloaded`,
      async ({ user, asked }) => {
        await user.type(await box(), "Hi");
        await user.keyboard("{Control>}{Enter}{/Control}");
        await screen.findByText("Health is not told.");
        isRefused = false;
        await user.click(await button("Try again"));
        await screen.findByRole("link", { name: "Request" });
        expect(sent(asked)).toBe(1);
      },
      {
        standIn: (path, init) =>
          isRefused && path === "/admin/health"
            ? Response.json({ error: { message: "Health is not told.", code: "forbidden" } }, { status: 403 })
            : SIMULATED.standIn!(path, init),
      },
    );
  });

  test("asks several models at once, each under its own name", () =>
    at(`${PLACE}&model=anthropic/claude-sonnet-4.5`, async (visitor) => {
      await say(visitor, 'Hi [sim say="Said."]');
      await waitFor(() => expect(answer("anthropic/claude-sonnet-4.5")).toContain("Request"));
      await waitFor(() => expect(answer()).toContain("Request"));
      expect(sent(visitor.asked)).toBe(2);
      await visitor.user.click(await button("Leave openai/gpt-5 out"));
      expect(visitor.address()).toBe("/playground?model=anthropic%2Fclaude-sonnet-4.5");
    }));

  test("tells what went wrong in the words of the gateway, and is ready for more", () =>
    at(PLACE, async (visitor) => {
      await say(visitor, "[sim status=500] Hi");
      const region = await screen.findByRole("region", { name: "Answer of openai/gpt-5" });
      expect((await within(region).findByRole("alert")).textContent).toMatch(/ \([a-z_]+\)$/);
      expect(answer()).toContain("failed, 500");
      await say(visitor, 'Again [sim say="Well."]');
      await screen.findByText("Well.");
    }));

  test("stops where somebody wants it to, and keeps what was said", () =>
    at(PLACE, async (visitor) => {
      await say(visitor, "[sim tokens=endless every=20ms] Hi");
      await waitFor(() => expect(answer()).toContain("~"));
      await visitor.user.click(await button("Stop"));
      await waitFor(() => expect(answer()).toContain("Stopped"));
      expect((await button("Send")).disabled).toBe(true);
      await visitor.user.click(await button("Clear"));
      expect(screen.queryAllByRole("region", { name: /^Answer of/ })).toHaveLength(0);
    }));

  test("keeps what is asked for in the address", () =>
    at(PLACE, async ({ user, address }) => {
      await box();
      await user.selectOptions(await screen.findByLabelText("Reasoning effort"), "low");
      await user.click(screen.getByRole("switch", { name: "Stream" }));
      await waitFor(() => expect(address()).toBe("/playground?model=openai%2Fgpt-5&effort=low&stream=false"));
      await user.click(await button("Hide the options"));
      expect(screen.queryAllByLabelText("Reasoning effort")).toHaveLength(0);
      await user.click(await button("Show the options"));
      expect(screen.getByLabelText<HTMLSelectElement>("Reasoning effort").value).toBe("low");
    }));

  test("copies as code what would be sent next, without a secret", () =>
    at(`${PLACE}&max_tokens=7`, async ({ user }) => {
      await user.click(await box());
      await user.paste("It's me");
      await user.click(await button("Copy as code"));
      const dialog = await screen.findByRole("dialog", { name: "Copy as code" });
      expect(dialog.textContent).toContain("What would be sent next.");
      await user.click(within(dialog).getByRole("button", { name: "Copy the code" }));
      const code = await navigator.clipboard.readText();
      expect(code).toContain("Bearer $HEADGATE_API_KEY");
      const body = JSON.parse(code.slice(code.indexOf("-d '") + 4, -1).replaceAll(String.raw`'\''`, "'"));
      expect(body).toEqual({
        model: "openai/gpt-5",
        messages: [{ role: "user", content: "It's me" }],
        stream: true,
        max_tokens: 7,
      });
      await user.click(within(dialog).getByRole("button", { name: "Close" }));
      await waitFor(() => expect(screen.queryAllByRole("dialog")).toHaveLength(0));
    }));

  test("tells of a model that nobody knows before it is asked", () =>
    at("/playground?model=acme/nothing", async () => {
      await screen.findByText("Nobody knows it by that name");
    }));

  test("breaks a provider where the simulator answers, and mends it", () =>
    at(
      PLACE,
      async ({ user, address }) => {
        await user.click(await button("Break openai and watch the fallback"));
        await waitFor(() => expect(address()).toContain("break=openai%3Aoverloaded"));
        expect((await box()).value).toBe("Who answers when the first one cannot?");
        await user.click(screen.getAllByRole("button", { name: "Mend openai" })[0]!);
        await waitFor(() => expect(address()).toBe("/playground?model=openai%2Fgpt-5"));
      },
      SIMULATED,
    ));

  test("breaks nobody where real providers answer, whatever the address says", () =>
    at(
      `${PLACE}&break=openai:overloaded`,
      async (visitor) => {
        await screen.findByText(/What is asked here is paid for/);
        await waitFor(() => expect(screen.queryAllByRole("button", { name: "Mend openai" })).toHaveLength(0));
        await say(visitor, 'Hi [sim say="Unbroken."]');
        await waitFor(() => expect(answer()).toMatch(/Unbroken\..*Request/));
        const { data } = await jsonOf(await ask(visitor.gateway, "GET", "/admin/generations"));
        expect(data[0].error).toBe(null);
      },
      {
        standIn: (path) =>
          path === "/admin/health" ? Response.json({ simulated: false, replicas: [], providers: [] }) : undefined,
      },
    ));
});
