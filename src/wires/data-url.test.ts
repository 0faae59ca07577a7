import { expect, test } from "bun:test";
import { dataIn, dataUrl } from "./data-url.ts";

test("what a data URL holds, and back", () => {
  const data = { mediaType: "image/png", base64: "iVBORw0KGgo=" };
  expect(dataIn(dataUrl(data))).toEqual(data);
  expect(dataIn("data:IMAGE/SVG+xml;charset=utf-8;base64,PHN2Zz4=")).toEqual({
    mediaType: "image/svg+xml",
    base64: "PHN2Zz4=",
  });
  expect(dataIn("data:;base64,aQ==")).toEqual({ mediaType: "application/octet-stream", base64: "aQ==" });
});

test.each(["https://images.example/data:image/png;base64,x", "data:image/png,raw", "data:", ""])(
  "%p is none",
  (url) => {
    expect(dataIn(url)).toBeUndefined();
  },
);
