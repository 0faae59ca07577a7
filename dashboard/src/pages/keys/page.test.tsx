import { expect, test } from "bun:test";
import { made } from "../../../../test/access/keys.ts";
import { at, screen, within } from "../../../test/visitor.tsx";

test("a key that is there is listed with whose it is, and opens beside the list", () =>
  at(
    "/keys",
    async ({ user, address }) => {
      const row = (await screen.findByText("ci")).closest("tr")!;
      expect(row.textContent).toContain("Ada");
      await user.click(within(row).getByText("active"));
      expect(await screen.findByLabelText("Name")).toHaveProperty("value", "ci");
      expect(address()).toContain("key=");
    },
    { before: (gateway) => made(gateway, { name: "ci", owner: "Ada" }) },
  ));
