import { expect, test } from "bun:test";
import { ask } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const BASE = "http://127.0.0.1:9/v1";
const before = async (gateway: RunningGateway) => {
  const told = { name: "mine", base_url: BASE };
  expect((await ask(gateway, "POST", "/admin/providers/ollama/credentials", told)).status).toBe(201);
};
/** What a server of one's own lists. */
const serving =
  (...ids: readonly string[]) =>
  (path: string) =>
    path.endsWith("/mine/models") ? Response.json({ object: "list", data: ids.map((id) => ({ id })) }) : undefined;
const virtual = async (gateway: RunningGateway) =>
  (await jsonOf(await ask(gateway, "GET", "/admin/virtual-models"))).data;
const look = () => screen.findByRole("button", { name: "Look for its models" });
const listed = () => screen.findByRole("list", { name: "Models of this server" });

test("models of a server of one's own are looked for when somebody asks, and offered by a name", () =>
  at(
    "/providers?provider=ollama",
    async ({ user, gateway, address }) => {
      await user.click(await look());
      const list = await listed();
      await user.click(within(list).getByRole("button", { name: "Offer library/llama3:8b as ollama/llama3:8b" }));
      await screen.findByText("ollama/llama3:8b can be asked for.");
      expect(await virtual(gateway)).toMatchObject([
        { id: "ollama/llama3:8b", relay: { base_url: BASE, upstream: "library/llama3:8b" } },
      ]);
      await user.click(await within(await listed()).findByRole("link", { name: "Try it" }));
      expect(address()).toStartWith("/playground?model=ollama");
    },
    { before, standIn: serving("library/llama3:8b", "qwen3") },
  ));

test("all of them are offered at once, those of one name by two names", () =>
  at(
    "/providers?provider=ollama",
    async ({ user, gateway }) => {
      await user.click(await look());
      await user.click(await screen.findByRole("button", { name: "Offer all 3" }));
      await screen.findByText("3 models can be asked for.");
      const ids = (await virtual(gateway)).map(({ id }: { id: string }) => id);
      expect(ids.sort()).toEqual(["ollama/llama3", "ollama/llama3-2", "ollama/qwen3"]);
      await waitFor(() => expect(screen.getAllByRole("link", { name: "Try it" })).toHaveLength(3));
      expect(screen.queryAllByRole("button", { name: /^Offer/ })).toHaveLength(0);
    },
    { before, standIn: serving("a/llama3", "b/llama3", "qwen3") },
  ));

test("a server without a model is told what to do, and one that does not answer what went wrong", () => {
  let isUp = true;
  return at(
    "/providers?provider=ollama",
    async ({ user }) => {
      await user.click(await look());
      await screen.findByText("It lists no model: load one there first.");
      isUp = false;
      await user.click(await look());
      expect((await screen.findByRole("alert")).textContent).toContain("Nobody answers there.");
    },
    {
      before,
      standIn: (path) => {
        if (isUp) return serving()(path);
        if (!path.endsWith("/mine/models")) return undefined;
        return Response.json({ error: { message: "Nobody answers there.", code: "unreachable" } }, { status: 502 });
      },
    },
  );
});

test("a viewer cannot have a server asked, and is told why", () =>
  at(
    "/providers?provider=ollama",
    async () => {
      expect(await look()).toHaveProperty("disabled", true);
      expect((await look()).title).toContain("an admin can change this");
    },
    { role: "viewer", before },
  ));
