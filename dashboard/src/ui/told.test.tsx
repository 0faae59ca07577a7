import { afterAll, describe, expect, test } from "bun:test";
import { draw, putAway } from "../../test/drawn.tsx";
import { screen } from "../../test/visitor.tsx";
import { ApiError } from "../api/client.ts";
import { Badge, Dot } from "./badge.tsx";
import { Button } from "./button.tsx";
import { Field, Input } from "./field.tsx";
import { SpendMeter } from "./meter.tsx";
import { Money } from "./money.tsx";
import { Section } from "./section.tsx";
import { Empty, Failed, SkeletonRows } from "./state.tsx";
import { Time } from "./time.tsx";

afterAll(putAway);

/** What small parts say, to who sees them and to who does not. */

describe("money", () => {
  test.each([
    [0, "$0.00", "$0.00"],
    [0.000000001, "$0.000000001", "$0.000000001"],
    [0.0012345, "$0.00123", "$0.0012345"],
    [1234.5, "$1,234.50", "$1,234.50"],
    [-3, "−$3.00", "−$3.00"],
    [9_007_199_254, "$9,007,199,254.00", "$9,007,199,254.00"],
  ])("%p is %s, and %s where it is pointed at", (value, shown, exact) => {
    const { container } = draw(<Money value={value} />);
    expect(container.textContent).toBe(shown);
    expect(container.querySelector("[title]")!.getAttribute("title")).toBe(exact);
  });

  test.each([null, undefined])("%p is not known, and never $0", (value) => {
    expect(draw(<Money value={value} />).container.textContent).toBe("–");
  });
});

describe("a budget's meter", () => {
  const meter = () => screen.getByRole("meter");
  const widths = () => [...meter().children].map((part) => (part as HTMLElement).style.width);

  test("shows what is spent, and what of the rest is reserved", () => {
    draw(<SpendMeter spent={2} reserved={1} limit={10} />);
    expect(widths()).toEqual(["20%", "10%"]);
    expect(meter().getAttribute("aria-valuetext")).toBe("$2.00 spent, $1.00 reserved, of $10.00");
  });

  test("says nothing of what is reserved where nothing is", () => {
    draw(<SpendMeter spent={2} limit={10} />);
    expect(meter().getAttribute("aria-valuetext")).toBe("$2.00 spent, of $10.00");
  });

  test("is full and not wider where more was spent than there was, and tells how much", () => {
    draw(<SpendMeter spent={15} reserved={3} limit={10} />);
    expect(widths()).toEqual(["100%", "0%"]);
    expect([meter().getAttribute("aria-valuenow"), meter().title]).toEqual([
      "10",
      "$15.00 spent, $3.00 reserved, of $10.00 (150 %)",
    ]);
  });

  test("what is reserved ends where the limit does", () => {
    draw(<SpendMeter spent={7.5} reserved={5} limit={10} />);
    expect(widths()).toEqual(["75%", "25%"]);
  });

  test("a limit of nothing is used up", () => {
    draw(<SpendMeter spent={0} limit={0} />);
    expect(widths()).toEqual(["100%", "0%"]);
  });

  test.each([
    [7.4, "bg-accent"],
    [7.5, "bg-warn"],
    [10, "bg-bad"],
  ])("%p of 10 looks as it stands", (spent, look) => {
    draw(<SpendMeter spent={spent} limit={10} />);
    expect(meter().children[0]!.className).toContain(look);
  });
});

describe("a moment", () => {
  test("is told in the viewer's zone, and in UTC where it is pointed at", () => {
    draw(<Time at="2020-01-31T23:59:58.000Z" />);
    const time = screen.getByText(/Jan|Feb/);
    expect([time.title, time.getAttribute("datetime")]).toEqual([
      "2020-01-31 23:59:58 UTC",
      "2020-01-31T23:59:58.000Z",
    ]);
  });

  test("is told as how long ago it was, with the moment behind it", () => {
    const { container } = draw(<Time at={new Date(Date.now() - 7_200_000).toISOString()} ago />);
    expect(container.textContent).toBe("2 h ago");
    expect(container.querySelector("time")!.title).toMatch(/UTC · .* here$/);
  });

  test.each([null, undefined])("%p was never", (at) => {
    expect(draw(<Time at={at} />).container.textContent).toBe("–");
  });
});

describe("a field", () => {
  const field = (more: object) => (
    <Field label="Name" {...more}>
      {(ids) => <Input {...ids} />}
    </Field>
  );
  const told = () => document.getElementById(screen.getByLabelText(/Name/).getAttribute("aria-describedby") ?? "");

  test("is tied to its label, and needs nothing more", () => {
    draw(field({}));
    expect([told(), screen.getByLabelText("Name").getAttribute("aria-invalid")]).toEqual([null, null]);
  });

  test("is read with its hint", () => {
    draw(field({ hint: "As you would say it", optional: true }));
    expect(told()!.textContent).toBe("As you would say it");
    expect(document.querySelector("label")!.textContent).toBe("Name · optional");
  });

  test("is read with what is wrong, in place of the hint", () => {
    draw(field({ hint: "As you would say it", error: "Give it a name" }));
    expect(told()!.textContent).toBe("Give it a name");
    expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBe("true");
  });
});

describe("a button", () => {
  test("that is at it cannot be pressed again, and keeps its name", () => {
    draw(<Button busy>Save</Button>);
    const button = screen.getByRole<HTMLButtonElement>("button", { name: "Save" });
    expect([button.disabled, button.getAttribute("aria-busy")]).toEqual([true, "true"]);
  });

  test("sends no form by chance", () => {
    draw(<Button>Cancel</Button>);
    expect(screen.getByRole("button").getAttribute("type")).toBe("button");
  });
});

describe("what failed", () => {
  test("is told in the gateway's words, with the code to look it up by", () => {
    draw(<Failed error={new ApiError(409, "budget_exists", "There is one already.")} />);
    expect(screen.getByRole("alert").textContent).toBe("There is one already.budget_exists");
    expect(screen.queryByRole("button")).toBeNull();
  });

  test("can be tried again where that may help", async () => {
    let again = 0;
    const { user } = draw(<Failed error="odd" retry={() => again++} />);
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect([again, screen.getByRole("alert").textContent]).toEqual([1, "oddTry again"]);
  });

  test("is text, whatever stands in it", () => {
    draw(<Failed error={new Error("<img src=x onerror=alert(1)>")} />);
    expect(document.querySelector("img")).toBeNull();
    expect(screen.getByRole("alert").textContent).toContain("<img src=x");
  });
});

test("where there is nothing, it is said why and what to do", () => {
  draw(
    <Empty title="No keys yet" action={<button type="button">Make one</button>}>
      A key lets a program in.
    </Empty>,
  );
  expect(document.body.textContent).toContain("No keys yetA key lets a program in.Make one");
});

test("rows that are not there yet are as high as they will be, and are said to be loading once", () => {
  draw(<SkeletonRows rows={3} height={56} />);
  const rows = screen.getByRole("status", { name: "Loading" });
  expect([...rows.children].map((row) => (row as HTMLElement).style.height)).toEqual(["56px", "56px", "56px"]);
});

test("a state has its word; its colour alone tells nobody anything", () => {
  const { container } = draw(
    <Badge tone="bad" title="since noon">
      <Dot tone="bad" /> down
    </Badge>,
  );
  expect(container.textContent).toBe(" down");
  expect(container.querySelector("[aria-hidden]")).not.toBeNull();
});

test("a part of a form that is folded says what is set in it, and unfolds where something in it is wrong", () => {
  const part = (open: boolean) => (
    <Section title="Limits" set="60 requests a minute" open={open}>
      within
    </Section>
  );
  const { redraw } = draw(part(false));
  const details = document.querySelector("details")!;
  expect([details.open, details.querySelector("summary")!.textContent]).toEqual([false, "Limits60 requests a minute"]);
  redraw(part(true));
  expect(details.open).toBe(true);
});
