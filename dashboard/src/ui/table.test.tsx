import { afterAll, describe, expect, test } from "bun:test";
import { draw, putAway } from "../../test/drawn.tsx";
import { screen, within } from "../../test/visitor.tsx";
import { type Column, Table } from "./table.tsx";

afterAll(putAway);

interface Row {
  readonly name: string;
  readonly spent: number | null;
}

const ROWS: readonly Row[] = [
  { name: "beta", spent: 2 },
  { name: "alpha", spent: null },
  { name: "Ärger", spent: 10 },
  { name: "zulu", spent: 0 },
];
const COLUMNS: readonly Column<Row>[] = [
  { name: "name", label: "Name", cell: ({ name }) => name, by: ({ name }) => name },
  { name: "spent", label: "Spent", right: true, cell: ({ spent }) => spent ?? "–", by: ({ spent }) => spent },
  { name: "do", label: "Do", cell: ({ name }) => <button type="button">Change {name}</button> },
];

const table = (more: Partial<Parameters<typeof Table<Row>>[0]> = {}) => (
  <Table label="Keys" rows={ROWS} columns={COLUMNS} keyOf={({ name }) => name} {...more} />
);
const column = (at: number) =>
  within(screen.getByRole("table"))
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[at]!.textContent);
const heading = (name: string) => screen.getByRole("columnheader", { name });

describe("rows and columns", () => {
  test("stand as they were given until somebody sorts them", () => {
    draw(table());
    expect(column(0)).toEqual(["beta", "alpha", "Ärger", "zulu"]);
    expect(heading("Name").getAttribute("aria-sort")).toBeNull();
  });

  test("words begin at A, and at Z when pressed again; letters with marks stand by those without", async () => {
    const { user } = draw(table());
    await user.click(screen.getByRole("button", { name: "Name" }));
    expect(column(0)).toEqual(["alpha", "Ärger", "beta", "zulu"]);
    expect(heading("Name").getAttribute("aria-sort")).toBe("ascending");
    await user.click(screen.getByRole("button", { name: "Name" }));
    expect(column(0)).toEqual(["zulu", "beta", "Ärger", "alpha"]);
    expect(heading("Name").getAttribute("aria-sort")).toBe("descending");
  });

  test("numbers begin with the largest; what nobody knows comes last either way, and is not zero", async () => {
    const { user } = draw(table());
    await user.click(screen.getByRole("button", { name: "Spent" }));
    expect(column(1)).toEqual(["10", "2", "0", "–"]);
    await user.click(screen.getByRole("button", { name: "Spent" }));
    expect(column(1)).toEqual(["0", "2", "10", "–"]);
  });

  test("one column sorts at a time, and one that has nothing to sort by is no button", async () => {
    const { user } = draw(table({ initialSort: { column: "spent", down: true } }));
    expect(heading("Spent").getAttribute("aria-sort")).toBe("descending");
    await user.click(screen.getByRole("button", { name: "Name" }));
    expect(heading("Spent").getAttribute("aria-sort")).toBeNull();
    expect(within(heading("Do")).queryByRole("button")).toBeNull();
  });

  test("what comes later takes its place in the order", () => {
    const { redraw } = draw(table({ initialSort: { column: "name", down: false } }));
    redraw(table({ rows: [...ROWS, { name: "able", spent: 1 }], initialSort: { column: "name", down: false } }));
    expect(column(0)).toEqual(["able", "alpha", "Ärger", "beta", "zulu"]);
  });

  test("where there are none, what to do stands in their place, and no empty table", () => {
    draw(table({ rows: [], empty: <p>Make one</p> }));
    expect(screen.getByText("Make one")).toBeTruthy();
    expect(screen.queryByRole("table")).toBeNull();
  });
});

describe("a row that opens", () => {
  test("does so by a press anywhere in it, but not by the buttons that stand in it", async () => {
    const opened: string[] = [];
    const { user } = draw(table({ onOpen: ({ name }) => opened.push(name) }));
    await user.click(screen.getByText("beta"));
    await user.click(screen.getByRole("button", { name: "Change alpha" }));
    expect(opened).toEqual(["beta"]);
  });

  test("does so by Enter where it has the focus, not where a button in it has", async () => {
    const opened: string[] = [];
    const { user } = draw(table({ onOpen: ({ name }) => opened.push(name) }));
    screen.getAllByRole("row")[2]!.focus();
    await user.keyboard("{Enter}");
    screen.getByRole("button", { name: "Change zulu" }).focus();
    await user.keyboard("{Enter}");
    expect(opened).toEqual(["alpha"]);
  });

  test("is reached by Tab; a table in which nothing is, is reached itself, so that it can be scrolled", () => {
    draw(table({ onOpen: () => undefined }));
    expect(screen.getAllByRole("row")[1]!.tabIndex).toBe(0);
    expect(screen.getByRole("table").parentElement!.hasAttribute("tabindex")).toBe(false);
  });

  test("a table of words alone can be scrolled by keyboard", () => {
    draw(table({ columns: [{ name: "name", label: "Name", cell: ({ name }) => name }] }));
    expect(screen.getByRole("table").parentElement!.tabIndex).toBe(0);
  });
});
