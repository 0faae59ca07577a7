import { expect, test } from "bun:test";
import { aspectRatioOf } from "./aspect-ratio.ts";

const SHAPES = ["1:1", "2:3", "3:2", "9:16", "16:9"];

test.each([
  ["1024x1024", "1:1", true],
  ["1024x1536", "2:3", true],
  ["1536x1024", "3:2", true],
  ["1792x1024", "16:9", false],
  ["1024x1792", "9:16", false],
  ["1000x1100", "1:1", false],
  ["99999x1", "16:9", false],
])("%s is nearest to %s", (size, ratio, isExact) => {
  expect(aspectRatioOf(size, SHAPES)).toEqual({ ratio, isExact });
});

test.each(["", "auto", "1:1", "0x1", "1024 x 1024", "1x1x1", "123456x1"])("%p is no size", (size) => {
  expect(aspectRatioOf(size, SHAPES)).toBeUndefined();
});
