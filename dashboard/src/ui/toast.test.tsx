import { afterAll, afterEach, beforeEach, expect, jest, test } from "bun:test";
import { flushSync } from "react-dom";
import { draw, putAway } from "../../test/drawn.tsx";
import { fireEvent, screen } from "../../test/visitor.tsx";
import { Toasts, toast, toastError } from "./toast.tsx";

afterAll(putAway);

beforeEach(() => {
  jest.useFakeTimers();
  draw(<Toasts />);
});
afterEach(() => {
  for (let cross = dismiss(); cross !== undefined; cross = dismiss()) fireEvent.click(cross);
  jest.advanceTimersByTime(10_000);
  jest.useRealTimers();
});

const dismiss = () => screen.queryAllByRole("button", { name: "Dismiss" })[0];
const shown = () => [...screen.getByRole("status").querySelectorAll("p")].map(({ textContent }) => textContent);

test("what was done is said, and goes by itself", () => {
  flushSync(() => toast("The key is made."));
  expect(shown()).toEqual(["The key is made."]);
  flushSync(() => jest.advanceTimersByTime(3999));
  expect(shown()).toHaveLength(1);
  flushSync(() => jest.advanceTimersByTime(1));
  expect(shown()).toEqual([]);
});

test("what failed stays until somebody has seen it", () => {
  flushSync(() => toastError(new Error("The gateway does not answer.")));
  flushSync(() => jest.advanceTimersByTime(60_000));
  expect(shown()).toEqual(["The gateway does not answer."]);
  fireEvent.click(dismiss()!);
  expect(shown()).toEqual([]);
});

test("whatever was thrown is told in words", () => {
  flushSync(() => toastError("a text"));
  expect(shown()).toEqual(["a text"]);
});

test("of many the latest four are there", () => {
  flushSync(() => {
    for (let i = 1; i <= 6; i++) toast(`${i}`, "bad");
  });
  expect(shown()).toEqual(["3", "4", "5", "6"]);
});

test("each goes by its own time, and one that is closed takes no other along", () => {
  flushSync(() => toast("first"));
  flushSync(() => jest.advanceTimersByTime(2000));
  flushSync(() => toast("second"));
  flushSync(() => toast("third"));
  fireEvent.click(screen.getAllByRole("button", { name: "Dismiss" })[1]!);
  expect(shown()).toEqual(["first", "third"]);
  flushSync(() => jest.advanceTimersByTime(2000));
  expect(shown()).toEqual(["third"]);
});

test("readers hear it without being taken there", () => {
  expect(screen.getByRole("status").getAttribute("aria-live")).toBe("polite");
});
