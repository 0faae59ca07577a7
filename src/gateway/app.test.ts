import { expect, test } from "bun:test";
import { appOf } from "./app.ts";

test("an app is known by the two fields that it sends", () => {
  const headers = new Headers({ "HTTP-Referer": "https://myapp.example", "X-Title": "My App" });
  expect(appOf(headers)).toEqual({ url: "https://myapp.example", title: "My App" });
});

test("who sends none, or an empty one, is nobody", () => {
  expect(appOf(new Headers())).toEqual({ url: null, title: null });
  expect(appOf(new Headers({ "x-title": "", "http-referer": "" }))).toEqual({ url: null, title: null });
  // The page that a browser comes from is not an app that names itself.
  expect(appOf(new Headers({ referer: "https://elsewhere.example" }))).toEqual({ url: null, title: null });
});

test("of a long one the beginning is kept", () => {
  const { url, title } = appOf(new Headers({ "http-referer": "u".repeat(5000), "x-title": "t".repeat(200) }));
  expect(url).toBe("u".repeat(200));
  expect(title).toBe("t".repeat(200));
});
