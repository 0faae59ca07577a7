import { afterAll, describe, expect, test } from "bun:test";
import { useState } from "react";
import { draw, putAway } from "../../test/drawn.tsx";
import { screen } from "../../test/visitor.tsx";
import { Segments, Tabs } from "./tabs.tsx";

afterAll(putAway);

const NAMES = ["hour", "day", "week"] as const;
type Name = (typeof NAMES)[number];

function Parts({ from = "day" }: { from?: Name }) {
  const [value, setValue] = useState<Name>(from);
  return (
    <Segments
      label="By"
      value={value}
      onChange={setValue}
      options={NAMES.map((name) => ({ value: name, label: name }))}
    />
  );
}

function Views() {
  const [value, setValue] = useState<"keys" | "teams">("keys");
  return (
    <Tabs
      label="Whose"
      value={value}
      onChange={setValue}
      tabs={[
        { name: "keys", label: "Keys" },
        { name: "teams", label: "Teams" },
      ]}
    >
      {value === "keys" ? "all keys" : "all teams"}
    </Tabs>
  );
}

describe("one of a few", () => {
  const chosen = () => screen.getAllByRole("radio", { checked: true }).map(({ textContent }) => textContent);

  test("is told as chosen, and one press chooses another", async () => {
    const { user } = draw(<Parts />);
    expect(chosen()).toEqual(["day"]);
    await user.click(screen.getByRole("radio", { name: "week" }));
    expect(chosen()).toEqual(["week"]);
  });

  test("is one stop of Tab, from which arrows go round", async () => {
    const { user } = draw(<Parts />);
    await user.tab();
    expect(document.activeElement?.textContent).toBe("day");
    await user.keyboard("{ArrowRight}");
    expect([chosen(), document.activeElement?.textContent]).toEqual([["week"], "week"]);
    await user.keyboard("{ArrowDown}");
    expect(chosen()).toEqual(["hour"]);
    await user.keyboard("{ArrowLeft}");
    expect(chosen()).toEqual(["week"]);
    await user.keyboard("{ArrowUp}{a}");
    expect(chosen()).toEqual(["day"]);
  });

  test("where none is chosen, Tab comes to the first", async () => {
    const { user } = draw(<Parts from={"year" as Name} />);
    expect(screen.queryByRole("radio", { checked: true })).toBeNull();
    await user.tab();
    expect(document.activeElement?.textContent).toBe("hour");
  });
});

describe("several views", () => {
  test("one of which is seen, and said to belong to its tab", async () => {
    const { user } = draw(<Views />);
    expect(screen.getByRole("tabpanel", { name: "Keys" }).textContent).toBe("all keys");
    await user.click(screen.getByRole("tab", { name: "Teams" }));
    expect(screen.getByRole("tabpanel", { name: "Teams" }).textContent).toBe("all teams");
    expect(screen.getByRole("tab", { name: "Teams" }).getAttribute("aria-selected")).toBe("true");
  });

  test("arrows go from one to the other", async () => {
    const { user } = draw(<Views />);
    await user.tab();
    await user.keyboard("{ArrowRight}");
    expect(screen.getByRole("tab", { name: "Teams" }).getAttribute("aria-selected")).toBe("true");
  });
});
