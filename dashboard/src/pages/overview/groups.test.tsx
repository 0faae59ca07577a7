import { describe, expect, test } from "bun:test";
import { ask } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { MODELS, NOTHING, refused, told, traffic } from "../../../test/traffic.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";
import { usd } from "../../ui/format.ts";

const MINI = MODELS[1];
const SEEN = { before: traffic };

const sums = async (by = "model") => within(await screen.findByRole("table", { name: `Sums by ${by}` }));
const titles = async (by?: string) =>
  (await sums(by))
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[0]!.textContent);
const usage = async (gateway: RunningGateway) => {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const path = `/admin/usage?start_date=${day(Date.now() - 86_400_000)}&end_date=${day(Date.now())}&group_by=model`;
  return (await jsonOf(await ask(gateway, "GET", path))).results as { model: string; total_cost: number }[];
};
describe("what requests are told apart by", () => {
  test("is the model at first, the dearest first", () =>
    at(
      "/",
      async ({ gateway }) => {
        const costs = (await usage(gateway)).sort((a, b) => b.total_cost - a.total_cost);
        expect(await titles()).toEqual(costs.map(({ model }) => model));
        const row = (await sums()).getByText("openai/gpt-5").closest("tr")!;
        expect(row.textContent).toContain(usd(costs.find(({ model }) => model === "openai/gpt-5")!.total_cost));
      },
      SEEN,
    ));

  test("is chosen, stands in the address, and has a name for whoever was not told", () =>
    at(
      "/",
      async ({ user, address, history }) => {
        await sums();
        const choice = screen.getByLabelText("Told apart by");
        await user.selectOptions(choice, "By end user");
        expect((await titles("end user")).sort()).toEqual(["No end user", "ada"]);
        expect(address()).toBe("/?by=user");
        await user.selectOptions(choice, "By tag");
        expect((await titles("tag")).sort()).toEqual(["No tag", "nightly"]);
        expect(screen.getByText(/A request with several counts in each of them/).textContent).not.toBe("");
        await user.selectOptions(choice, "By model");
        await sums();
        expect([address(), history.length]).toEqual(["/", 1]);
      },
      SEEN,
    ));

  test("is what a link says, and the model where it says nonsense", async () => {
    await at("/?by=provider", async () => expect((await titles("provider")).length).toBeGreaterThan(0), SEEN);
    await at("/?by=constructor&range=nonsense", async () => expect(await titles()).toHaveLength(2), SEEN);
  });

  test("leads to its requests, by its name and by Enter on its row", () =>
    at(
      "/",
      async ({ user, address, history }) => {
        await user.click((await sums()).getByRole("link", { name: MINI }));
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(decodeURIComponent(address())).toContain(`model=${MINI}`);
        history.back();
        const row = (await sums()).getByText("openai/gpt-5").closest("tr")!;
        row.focus();
        await user.keyboard("{Enter}");
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(decodeURIComponent(address())).toEndWith("&model=openai/gpt-5");
      },
      SEEN,
    ));

  test("leads to those that failed by how many did", () =>
    at(
      "/",
      async ({ user, address }) => {
        const row = (await sums()).getByText(MINI).closest("tr")!;
        await user.click(within(row).getByTitle("1 failed"));
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(address()).toContain("status=error");
      },
      SEEN,
    ));

  test("is sorted by any of its columns", () =>
    at(
      "/",
      async ({ user }) => {
        const table = await sums();
        await user.click(table.getByRole("button", { name: "Model" }));
        const once = await titles();
        await user.click(table.getByRole("button", { name: "Model" }));
        expect([...once].sort()).toEqual([MINI, "openai/gpt-5"].sort());
        expect(await titles()).toEqual(once.reverse());
      },
      SEEN,
    ));

  test("is a dozen at first, and all when somebody asks", () =>
    at(
      "/",
      async ({ user, address }) => {
        expect(await titles()).toHaveLength(12);
        await user.click(screen.getByRole("button", { name: "Show all 1,234" }));
        await waitFor(() => expect(address()).toBe("/?all=true"));
        expect(screen.getByText("The 500 dearest are shown.").textContent).not.toBe("");
        await user.click(screen.getByRole("button", { name: "Show fewer" }));
        await waitFor(() => expect(address()).toBe("/"));
        expect(await titles()).toHaveLength(12);
      },
      { ...SEEN, standIn: (path) => (path.endsWith("group_by=model") ? models(1234) : undefined) },
    ));

  test("is told as text, whatever it is called", () =>
    at(
      "/",
      async () => {
        const name = "<img src=x onerror=alert(1)>";
        await waitFor(async () => expect((await sums()).getAllByText(name)).toHaveLength(1));
        expect(document.querySelectorAll("img")).toHaveLength(0);
      },
      {
        ...SEEN,
        standIn: (path) =>
          path.endsWith("group_by=model")
            ? Response.json({ results: [{ ...NOTHING, model: "<img src=x onerror=alert(1)>", request_count: 1 }] })
            : undefined,
      },
    ));

  test("is too much for any report where there are too many, and says what to do instead", () =>
    at(
      "/?by=user",
      async () => {
        await screen.findByText("There are too many end users to tell them apart");
        expect(screen.getByText(/Choose a shorter time/).textContent).toContain("50,000 at the most");
        await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
      },
      {
        ...SEEN,
        standIn: (path) =>
          path.endsWith("group_by=user") ? refused("There are too many groups.", 400, "group_by") : undefined,
      },
    ));

  test("does not become that of an older question which is answered late", async () => {
    const { promise: late, resolve: answer } = Promise.withResolvers<void>();
    let isHeld = true;
    await at(
      "/?by=provider",
      async ({ user, asked }) => {
        await waitFor(() => expect(asked.some((one) => one.endsWith("group_by=provider"))).toBe(true));
        await user.selectOptions(screen.getByLabelText("Told apart by"), "By model");
        expect(await titles()).toHaveLength(2);
        isHeld = false;
        answer();
        await late;
        await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
        expect(await titles()).toHaveLength(2);
        expect(screen.queryAllByRole("table", { name: "Sums by provider" })).toHaveLength(0);
      },
      {
        ...SEEN,
        standIn: (path) => (isHeld && path.endsWith("group_by=provider") ? late.then(() => models(1)) : undefined),
      },
    );
  });
});

function models(many: number): Response {
  const results = Array.from({ length: many }, (_, i) => ({
    ...NOTHING,
    model: `m/${i}`,
    request_count: 1,
    total_cost: (many - i) / 1000,
  }));
  return Response.json({ results });
}
