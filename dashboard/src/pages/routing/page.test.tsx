import { describe, expect, test } from "bun:test";
import { ask, chat } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const RULES = "/admin/routing-rules";
const VIRTUAL = "/admin/virtual-models";

const put = async (gateway: RunningGateway, path: string, ...some: object[]) => {
  for (const one of some) expect((await ask(gateway, "POST", path, one)).status).toBe(201);
};
const kept = async (gateway: RunningGateway, path: string) => (await jsonOf(await ask(gateway, "GET", path))).data;
const ids = async (gateway: RunningGateway) => (await kept(gateway, RULES)).map(({ id }: { id: string }) => id);
const TABLE = "Routing rules, in the order in which they are looked at";
const rows = (name: string) => within(screen.getByRole("table", { name })).getAllByRole("row").slice(1);
const faultOf = (field: Element) => document.getElementById(field.getAttribute("aria-describedby")!)?.textContent;

const DENY = { id: "no-nano", type: "deny", model: "openai/gpt-5-nano", reason: "Too small." };
const LEAD = { id: "mini-to-big", type: "rewrite", model: "openai/gpt-5-mini", to: "openai/gpt-5" };
const CANARY = {
  id: "vmc/canary",
  candidates: [
    { model: "openai/gpt-5", weight: 95 },
    { model: "anthropic/claude-sonnet-4.5", weight: 5 },
  ],
};
const two = (gateway: RunningGateway) => put(gateway, RULES, DENY, LEAD);

describe("rules", () => {
  test("where there is none, what one does and how to make one is told", () =>
    at("/routing", async ({ user, address }) => {
      const told = (await screen.findByText("No rules")).parentElement!;
      expect(told.textContent).toContain("A rule refuses a model, or asks for another in its place.");
      await user.click(within(told).getByRole("button", { name: "Make a rule" }));
      await screen.findByRole("dialog", { name: "A new rule" });
      expect(address()).toBe("/routing?new=rule");
    }));

  test("stand in their order, those of the configuration first, in the words of what they do", () =>
    at(
      "/routing",
      async () => {
        await screen.findByRole("table", { name: TABLE });
        const told = rows(TABLE).map((row) => row.textContent);
        expect(told[0]).toMatch(/^1.*deny.*openai\/o1\*.*configuration/);
        expect(told[1]).toMatch(/^2.*deny.*openai\/gpt-5-nano.*Too small\..*database/);
        expect(told[2]).toMatch(/^3.*rewrite.*openai\/gpt-5-mini.*openai\/gpt-5/);
        expect(screen.getByRole("switch", { name: "The rule fixed holds" })).toHaveProperty("disabled", true);
        expect(screen.queryAllByRole("button", { name: "Move the rule fixed up" })).toHaveLength(0);
      },
      { config: { routing_rules: [{ id: "fixed", type: "deny", model: "openai/o1*" }] }, before: two },
    ));

  test("are made as they were filled in, and hold from the next request on", () =>
    at("/routing?new=rule", async ({ user, gateway, address }) => {
      await user.selectOptions(await screen.findByLabelText("Does"), "Refuse it, with a 403");
      await user.type(screen.getByLabelText(/^Name/), "no-nano");
      await user.type(screen.getByLabelText("For the model"), " openai/gpt-5-nano ");
      await user.type(screen.getByLabelText(/^Reason/), "Too small.");
      await user.click(screen.getByRole("button", { name: "Make the rule" }));
      await screen.findByText("The rule no-nano is made. It holds from the next request on.");
      expect(await kept(gateway, RULES)).toMatchObject([{ ...DENY, enabled: true }]);
      const refused = await gateway.post("/v1/chat/completions", chat("openai/gpt-5-nano"));
      expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("Too small.")]);
      expect(address()).toBe("/routing");
    }));

  test("are refused at the field that is empty, and nothing is made", () =>
    at("/routing?new=rule", async ({ user, gateway }) => {
      const model = await screen.findByLabelText("For the model");
      const make = screen.getByRole("button", { name: "Make the rule" });
      await user.click(make);
      await waitFor(() => expect(faultOf(model)).toContain("Say which model it is for."));
      await user.type(model, "openai/gpt-5-mini");
      await user.click(make);
      const to = screen.getByLabelText("Ask for");
      await waitFor(() => expect(faultOf(to)).toContain("Say what is asked for instead."));
      expect(await kept(gateway, RULES)).toEqual([]);
    }));

  test("are refused by the gateway at the field that holds what is wrong, and there alone", () =>
    at("/routing?new=rule", async ({ user, gateway }) => {
      await user.type(await screen.findByLabelText("For the model"), "openai/gpt-5-mini");
      const to = screen.getByLabelText("Ask for");
      await user.type(to, "openai/gpt-55");
      await user.click(screen.getByRole("button", { name: "Make the rule" }));
      await waitFor(() =>
        expect(faultOf(to)).toBe('nobody knows a model "openai/gpt-55"; did you mean "openai/gpt-5"?'),
      );
      expect(to.getAttribute("aria-invalid")).toBe("true");
      expect(screen.queryAllByRole("alert")).toHaveLength(0);
      expect(await kept(gateway, RULES)).toEqual([]);
    }));

  test("are told as JSON, too, with what was filled in", () =>
    at("/routing?new=rule", async ({ user, gateway }) => {
      await user.type(await screen.findByLabelText("For the model"), "openai/gpt-5-mini");
      await user.type(screen.getByLabelText("Ask for"), "openai/gpt-5");
      await user.click(screen.getByRole("radio", { name: "JSON" }));
      const box = screen.getByLabelText<HTMLTextAreaElement>("The rule as JSON");
      expect(JSON.parse(box.value)).toEqual({ ...LEAD, id: undefined, enabled: true });
      await user.clear(box);
      await user.type(box, "{{nonsense");
      await user.click(screen.getByRole("button", { name: "Make the rule" }));
      await waitFor(() => expect(box.getAttribute("aria-invalid")).toBe("true"));
      expect(await kept(gateway, RULES)).toEqual([]);
    }));

  test("are switched off and on where they are listed", () =>
    at(
      "/routing",
      async ({ user, gateway, address }) => {
        const holds = await screen.findByRole("switch", { name: "The rule no-nano holds" });
        await user.click(holds);
        await screen.findByText("The rule no-nano is switched off.");
        expect((await gateway.post("/v1/chat/completions", chat("openai/gpt-5-nano"))).status).toBe(200);
        await user.click(screen.getByRole("switch", { name: "The rule no-nano holds" }));
        await screen.findByText("The rule no-nano holds.");
        expect((await kept(gateway, RULES))[0].enabled).toBe(true);
        // What is pressed in a row does not open it.
        expect(address()).toBe("/routing");
      },
      { before: two },
    ));

  test("that are switched twice before the list has come again are as they were", () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    let reads = 0;
    return at(
      "/routing",
      async ({ user, gateway }) => {
        await user.click(await screen.findByRole("switch", { name: "The rule no-nano holds" }));
        await screen.findByText("The rule no-nano is switched off.");
        await user.click(screen.getByRole("switch", { name: "The rule no-nano holds", checked: false }));
        await screen.findByText("The rule no-nano holds.");
        expect((await kept(gateway, RULES))[0].enabled).toBe(true);
        tell();
      },
      {
        before: two,
        standIn: (path, { method = "GET" }) =>
          path === RULES && method === "GET" && ++reads > 1
            ? told.then(() => new Response("", { status: 403 }))
            : undefined,
      },
    );
  });

  test("are moved by their buttons and by Alt with an arrow, no further than there is room", () =>
    at(
      "/routing",
      async ({ user, gateway }) => {
        const down = await screen.findByRole("button", { name: "Move the rule no-nano down" });
        await user.click(down);
        await screen.findByText("The rule no-nano is moved.");
        expect(await ids(gateway)).toEqual(["mini-to-big", "no-nano"]);
        await waitFor(() => expect(rows(TABLE)[1]!.textContent).toContain("no-nano"));
        expect(screen.getByRole("button", { name: "Move the rule no-nano down" }).getAttribute("aria-disabled")).toBe(
          "true",
        );
        rows(TABLE)[1]!.focus();
        await user.keyboard("{Alt>}{ArrowUp}{/Alt}");
        await waitFor(async () => expect(await ids(gateway)).toEqual(["no-nano", "mini-to-big"]));
      },
      { before: two },
    ));

  test("are removed after somebody was asked", () =>
    at(
      "/routing?rule=no-nano",
      async ({ user, gateway, address }) => {
        await user.click(await screen.findByRole("button", { name: "Remove" }));
        const asks = await screen.findByRole("dialog", { name: "Remove no-nano?" });
        await user.click(within(asks).getByRole("button", { name: "Cancel" }));
        expect(await ids(gateway)).toEqual(["no-nano", "mini-to-big"]);
        await user.click(screen.getByRole("button", { name: "Remove" }));
        await user.click(await screen.findByRole("button", { name: "Remove the rule" }));
        await screen.findByText("The rule no-nano is gone.");
        expect([await ids(gateway), address()]).toEqual([["mini-to-big"], "/routing"]);
      },
      { before: two },
    ));

  test("are seen by a viewer, who can move, switch and make none", () =>
    at(
      "/routing",
      async () => {
        const holds = await screen.findByRole("switch", { name: "The rule no-nano holds" });
        expect(holds).toHaveProperty("disabled", true);
        expect(holds.parentElement!.title).toContain("an admin can change this");
        for (const name of ["Make a rule", "Move the rule no-nano down"])
          expect(screen.getByRole("button", { name })).toHaveProperty("disabled", true);
      },
      { role: "viewer", before: two },
    ));

  test("that another operator makes meanwhile appear without being asked for", () =>
    at("/routing", async ({ gateway }) => {
      await screen.findByText("No rules");
      await screen.findAllByText(/open streams?$/);
      await put(gateway, RULES, DENY);
      await screen.findByRole("switch", { name: "The rule no-nano holds" });
    }));

  test("whose words are markup are told as text", () =>
    at(
      "/routing",
      async () => {
        await screen.findByText("<img src=x onerror=alert(1)>");
        expect(document.querySelectorAll("img")).toHaveLength(0);
      },
      { before: (gateway) => put(gateway, RULES, { ...DENY, reason: "<img src=x onerror=alert(1)>" }) },
    ));
});

describe("virtual models", () => {
  test("where there is none, what one is for is told", () =>
    at("/routing?tab=virtual", async ({ user, address }) => {
      const told = (await screen.findByText("No virtual models")).parentElement!;
      await user.click(within(told).getByRole("button", { name: "Make a virtual model" }));
      await screen.findByRole("dialog", { name: "A new virtual model" });
      expect(address()).toBe("/routing?tab=virtual&new=virtual");
    }));

  test("tell the share of each that stands behind them, and open beside the list", () =>
    at(
      "/routing?tab=virtual",
      async ({ user, address }) => {
        const row = (await screen.findByText("vmc/canary")).closest("tr")!;
        const shares = within(row).getAllByRole("listitem");
        expect(shares.map(({ textContent }) => textContent)).toEqual([
          expect.stringMatching(/^95.*%openai\/gpt-5$/),
          expect.stringMatching(/^5.*%anthropic\/claude-sonnet-4\.5$/),
        ]);
        expect(row.textContent).toContain("by weight");
        await user.click(within(row).getByText("active"));
        await screen.findByRole("dialog", { name: "vmc/canary" });
        expect(screen.getByLabelText<HTMLInputElement>("Weight of model 1").value).toBe("95");
        expect(address()).toMatch(/virtual=vmc/);
      },
      { before: (gateway) => put(gateway, VIRTUAL, CANARY) },
    ));

  test("are made as they were filled in, and can be asked for", () =>
    at("/routing?tab=virtual&new=virtual", async ({ user, gateway }) => {
      await user.type(await screen.findByLabelText("Asked for as"), "vmc/support");
      await user.selectOptions(screen.getByLabelText("Stands for"), "One model: an alias");
      await user.type(screen.getByLabelText("Model"), "openai/gpt-5");
      await user.click(screen.getByRole("button", { name: "Make the virtual model" }));
      await screen.findByText(/The virtual model vmc\/support is made/);
      expect(await kept(gateway, VIRTUAL)).toMatchObject([{ id: "vmc/support", model: "openai/gpt-5" }]);
      expect((await gateway.post("/v1/chat/completions", chat("vmc/support"))).status).toBe(200);
    }));

  test("without a name are refused at its field", () =>
    at("/routing?tab=virtual&new=virtual", async ({ user, gateway }) => {
      const id = await screen.findByLabelText("Asked for as");
      await user.click(screen.getByRole("button", { name: "Make the virtual model" }));
      await waitFor(() => expect(faultOf(id)).toContain("Say by which name it is asked for"));
      expect(await kept(gateway, VIRTUAL)).toEqual([]);
    }));

  test("for a model that nobody knows are refused where it stands", () =>
    at("/routing?tab=virtual&new=virtual", async ({ user, gateway }) => {
      await user.type(await screen.findByLabelText("Asked for as"), "vmc/support");
      await user.selectOptions(screen.getByLabelText("Stands for"), "One model: an alias");
      const model = screen.getByLabelText("Model");
      await user.type(model, "openai/gpt-55");
      const make = screen.getByRole("button", { name: "Make the virtual model" });
      await user.click(make);
      await waitFor(() => expect(faultOf(model)).toStartWith('nobody knows a model "openai/gpt-55"'));
      await user.selectOptions(screen.getByLabelText("Stands for"), "candidates");
      await user.type(screen.getByLabelText("Model 1"), "openai/gpt-5");
      await user.type(screen.getByLabelText("Model 2"), "openai/gpt-55");
      await user.click(make);
      const models = screen.getByRole("group", { name: "Models" });
      await waitFor(() => expect(faultOf(models)).toStartWith("candidates.1.model: nobody knows a model"));
      expect(screen.queryAllByRole("alert")).toHaveLength(0);
      expect(await kept(gateway, VIRTUAL)).toEqual([]);
    }));

  test("are changed in the weights that were touched", () =>
    at(
      "/routing?tab=virtual&virtual=vmc/canary",
      async ({ user, gateway }) => {
        const weight = await screen.findByLabelText("Weight of model 2");
        await user.clear(weight);
        await user.type(weight, "50");
        await user.click(screen.getByRole("button", { name: "Save" }));
        await screen.findByText(/The virtual model vmc\/canary is changed/);
        const [{ candidates }] = await kept(gateway, VIRTUAL);
        expect(candidates.map((one: { weight: number }) => one.weight)).toEqual([95, 50]);
      },
      { before: (gateway) => put(gateway, VIRTUAL, CANARY) },
    ));
});

describe("a preview", () => {
  test("tells which rule leads where and who would be asked, and sends nothing", () =>
    at(
      "/routing?tab=preview&model=openai/gpt-5-mini",
      async ({ user, gateway, address }) => {
        await screen.findByText(/It would be sent, to .* first/);
        const led = screen.getByRole("list", { name: "What leads where" });
        expect(led.textContent).toMatch(/openai\/gpt-5-mini.*rule mini-to-big.*openai\/gpt-5$/);
        expect(gateway.simulator.requests).toHaveLength(0);
        await user.click(within(led).getByRole("link"));
        expect(address()).toBe("/routing?rule=mini-to-big");
        await screen.findByRole("dialog", { name: "mini-to-big" });
      },
      { before: two },
    ));

  test("of a model that is denied tells what a client would be told", () =>
    at(
      "/routing?tab=preview",
      async ({ user, address }) => {
        await screen.findByText("What would happen to this request now?");
        await user.type(screen.getByLabelText("Model"), "openai/gpt-5-nano");
        await user.click(screen.getByRole("button", { name: "Show what would happen" }));
        expect((await screen.findByText(/It would be refused: 403/)).parentElement!.textContent).toContain(
          "Too small.",
        );
        expect(address()).toContain("model=openai%2Fgpt-5-nano");
      },
      { before: two },
    ));
});
