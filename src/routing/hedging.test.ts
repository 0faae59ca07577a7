import { describe, expect, test } from "bun:test";
import { Hedging } from "./hedging.ts";

describe("a request is hedged", () => {
  test("where it asks for that, or for a model that is unless it says otherwise", () => {
    const hedging = new Hedging(10, ["lab/slow"]);
    expect([hedging.wanted("lab/model", true), hedging.wanted("lab/slow", undefined)]).toEqual([true, true]);
    expect([hedging.wanted("lab/model", undefined), hedging.wanted("lab/slow", false)]).toEqual([false, false]);
  });

  test("nowhere, where the operator allows none", () => {
    expect(new Hedging(0, ["lab/slow"]).wanted("lab/slow", true)).toBe(false);
  });
});

describe("hedges", () => {
  test("are so many of a hundred requests that want one, and one to begin with", () => {
    const hedging = new Hedging(10, []);
    let hedges = 0;
    for (let i = 0; i < 1000; i++) if (hedging.wanted("m", true) && hedging.spend()) hedges++;
    expect(hedges).toBe(101);
  });

  test("are not earned by requests that do not want one", () => {
    const hedging = new Hedging(100, []);
    expect(hedging.spend()).toBe(true);
    for (let i = 0; i < 1000; i++) hedging.wanted("m", false);
    expect(hedging.spend()).toBe(false);
  });

  test("are saved up for ten, and no more", () => {
    const hedging = new Hedging(50, []);
    for (let i = 0; i < 1000; i++) hedging.wanted("m", true);
    expect(Array.from({ length: 20 }, () => hedging.spend()).filter(Boolean)).toHaveLength(10);
  });
});
