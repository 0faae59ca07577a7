import { describe, expect, test } from "bun:test";
import { csvLine, csvOf } from "./table-text.ts";

describe("a cell", () => {
  test.each([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", '"\'\r=1"'],
    ["\n=1", '"\'\n=1"'],
    ["  =1", "'  =1"],
    ["＝1", "'＝1"],
    ['=HYPERLINK("http://evil.example")', '"\'=HYPERLINK(""http://evil.example"")"'],
    ['=1,"+2', '"\'=1,""+2"'],
  ])("that would be a formula is a text: %p", (value, cell) => expect(csvLine([value])).toBe(`${cell}\r\n`));

  test.each([
    [null, ""],
    [undefined, ""],
    ["", ""],
    [0, "0"],
    [-0.25, "-0.25"],
    [true, "true"],
    [5e-9, "0.000000005"],
    [1.5e-8, "0.000000015"],
    [-1e-9, "-0.000000001"],
    [1e-12, "1e-12"],
    [1e21, "1e+21"],
    ["a,b", '"a,b"'],
    ['a"b', '"a""b"'],
    ["a\nb", '"a\nb"'],
    [" a", '" a"'],
    ["größe 🎉", "größe 🎉"],
    [["a", "b"], '"[""a"",""b""]"'],
    [{ a: 1 }, '"{""a"":1}"'],
  ])("is what it was: %p", (value, cell) => expect(csvLine([value])).toBe(`${cell}\r\n`));
});

test("a table has a column for what any of its rows has", () => {
  expect(csvOf([{ a: 1 }, { b: 2, a: null }])).toBe("a,b\r\n1,\r\n,2\r\n");
});
