import { expect, test } from "bun:test";
import { changeOf, pointsOf } from "./change.ts";

test("more is good, bad or neither, by what it is", () => {
  expect(changeOf(112, 100, "neither")).toEqual({ text: "+12 %", tone: "neutral" });
  expect(changeOf(112, 100, "less")).toEqual({ text: "+12 %", tone: "bad" });
  expect(changeOf(80, 100, "less")).toEqual({ text: "−20 %", tone: "good" });
  expect(changeOf(80, 100, "more")).toEqual({ text: "−20 %", tone: "bad" });
});
test("what is the same is neither", () => {
  expect(changeOf(100.2, 100, "less")).toEqual({ text: "±0 %", tone: "neutral" });
});
test("of much more the factor is told", () => {
  expect(changeOf(5000, 100, "neither")?.text).toBe("×50");
});
test("nothing is told of what nobody knows, or of what was nothing before", () => {
  expect([changeOf(1, 0, "less"), changeOf(null, 1, "less"), changeOf(1, null, "less")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
test("shares change by hundredths of all", () => {
  expect(pointsOf(0.05, 0.046, "less")).toEqual({ text: "+0.4 pp", tone: "bad" });
  expect(pointsOf(0, 0.01, "less")).toEqual({ text: "−1 pp", tone: "good" });
  expect(pointsOf(0.01, 0.0101, "less")?.text).toBe("±0 pp");
  expect(pointsOf(null, 0.01, "less")).toBeUndefined();
});
