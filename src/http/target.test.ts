import { expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { targetOf } from "./target.ts";

const at = (url: string, host: string | null = "gateway") =>
  targetOf({ url, headers: new Headers(host === null ? {} : { host }) } as Request);

test.each([
  ["http://gateway/v1/models", "/v1/models", ""],
  ["http://gateway/", "/", ""],
  ["http://gateway", "/", ""],
  ["http://gateway/a?b=c&d=%20", "/a", "b=c&d=%20"],
  ["http://gateway/a?b?c", "/a", "b?c"],
  ["http://gateway/?", "/", ""],
  ["http://gateway//a", "//a", ""],
  ["http://gateway/a%2Fb%00", "/a%2Fb%00", ""],
  ["http://gateway/http://other/a", "/http://other/a", ""],
  ["https://gateway:8787/a", "/a", ""],
])("%s", (url, path, query) => expect(at(url)).toEqual({ path, query }));

test.each(["gateway", "gateway:8787", "127.0.0.1:1", "[::1]:8787", "[::ffff:1.2.3.4]", "a.b-c_d.example", "localhost"])(
  "%s is a host",
  (host) => expect(at("http://gateway/a", host).path).toBe("/a"),
);

test.each([
  null,
  "",
  "a, b",
  "gateway, gateway",
  "a b",
  "a/b",
  "a?b",
  "a#b",
  "user@a",
  "a:b",
  "a:123456",
  "[::1",
  "::1",
  "a\\b",
  "ä",
])("%p is none", (host) => {
  // One that was good before does not help.
  at("http://gateway/a");
  let thrown: unknown;
  try {
    targetOf({ url: "http://gateway/a", headers: { get: () => host } } as unknown as Request);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(GatewayError);
  expect(thrown).toMatchObject({ code: "invalid_request", status: 400 });
  at("http://gateway/a");
});
