import { afterAll, afterEach, beforeEach, expect, jest, test } from "bun:test";
import { draw, putAway } from "../../test/drawn.tsx";
import { fireEvent, screen } from "../../test/visitor.tsx";
import { SearchInput } from "./search-input.tsx";

afterAll(putAway);

let told: (string | undefined)[];
const hear = (text: string | undefined) => told.push(text);
beforeEach(() => {
  told = [];
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const search = (value?: string) => <SearchInput value={value} onChange={hear} label="Search" placeholder="Name" />;
const box = () => screen.getByLabelText<HTMLInputElement>("Search");
const type = (text: string) => fireEvent.change(box(), { target: { value: text } });

test("what is searched for is told once somebody has typed to the end", () => {
  draw(search());
  for (const text of ["c", "ci", "ci-"]) {
    type(text);
    jest.advanceTimersByTime(200);
  }
  expect(told).toEqual([]);
  jest.advanceTimersByTime(50);
  expect(told).toEqual(["ci-"]);
  jest.advanceTimersByTime(1000);
  expect(told).toEqual(["ci-"]);
});

test("an empty search is none, and so is one of spaces", () => {
  draw(search("ci"));
  type("   ");
  jest.advanceTimersByTime(250);
  expect(told).toEqual([undefined]);
});

test("spaces around it are not searched for", () => {
  draw(search());
  type("  ci  ");
  jest.advanceTimersByTime(250);
  expect(told).toEqual(["ci"]);
});

test("who takes back what they typed has searched for nothing", () => {
  draw(search("ci"));
  type("cix");
  jest.advanceTimersByTime(100);
  type("ci");
  jest.advanceTimersByTime(1000);
  expect(told).toEqual([]);
});

test("going back shows what was searched for before", () => {
  const { redraw } = draw(search("ci"));
  redraw(search("staging"));
  expect(box().value).toBe("staging");
  redraw(search());
  expect(box().value).toBe("");
  jest.advanceTimersByTime(1000);
  expect(told).toEqual([]);
});

test("what was told comes back as the address has it, and what is being typed meanwhile stays", () => {
  const { redraw } = draw(search());
  type("ci");
  jest.advanceTimersByTime(250);
  type("ci-b");
  redraw(search("ci"));
  expect(box().value).toBe("ci-b");
  jest.advanceTimersByTime(250);
  expect(told).toEqual(["ci", "ci-b"]);
});

test("the key / finds it, and nobody can paste a book into it", () => {
  draw(search());
  expect(box().matches("[data-search]")).toBe(true);
  expect(box().maxLength).toBe(200);
});
