import { describe, expect, test } from "bun:test";
import type { Source } from "../../core/request.ts";
import { decodeFile, decodeUrl, encodeSource } from "./source.ts";

const data = (mediaType: string, base64: string): Source => ({ from: "data", mediaType, base64 });

describe("an address", () => {
  test.each<[string, Source]>([
    ["https://a.example/x.png", { from: "url", url: "https://a.example/x.png" }],
    ["data:image/png;base64,AA==", data("image/png", "AA==")],
    ["DATA:image/png;BASE64,AA==", data("image/png", "AA==")],
    ["data:text/plain;charset=utf-8;base64,AA==", data("text/plain", "AA==")],
    ["data:;base64,AA==", data("application/octet-stream", "AA==")],
    ["data:image/jpg;base64,AA==", data("image/jpeg", "AA==")],
    ["data:IMAGE/PNG;base64,AA==", data("image/png", "AA==")],
    ["data:text/plain,hello", data("text/plain", btoa("hello"))],
    ["data:,a%20b%2C%E2%82%AC,100%", data("text/plain", Buffer.from("a b,€,100%").toString("base64"))],
    ["data:text/csv;charset=utf-8,é;base64,x", data("text/csv", Buffer.from("é;base64,x").toString("base64"))],
    ["data:image/png;name=a.png;charset=utf-8;base64,AA==", data("image/png", "AA==")],
    ["", { from: "url", url: "" }],
  ])("%s", (url, source) => expect(decodeUrl(url)).toEqual(source));

  test("beside a media type, bare base64 is data; an address stays one", () => {
    expect(decodeUrl("AA==", "image/png")).toEqual(data("image/png", "AA=="));
    expect(decodeUrl("data:;base64,AA==", "image/png")).toEqual(data("image/png", "AA=="));
    expect(decodeUrl("https://a.example", "image/png")).toEqual({ from: "url", url: "https://a.example" });
  });
});

describe("a file", () => {
  test("by the id of an upload, before anything else", () => {
    expect(decodeFile({ file_id: "file_1", file_data: "data:a/b;base64,AA==" })).toEqual({
      from: "upload",
      id: "file_1",
    });
  });
  test("as OpenAI has it, and as the hosted gateway does", () => {
    expect(decodeFile({ file_data: "data:application/pdf;base64,AA==" })).toEqual(data("application/pdf", "AA=="));
    expect(decodeFile({ data: "AA==", media_type: "application/pdf" })).toEqual(data("application/pdf", "AA=="));
  });
  test("of nothing is an empty address", () => expect(decodeFile({})).toEqual({ from: "url", url: "" }));
});

test.each<[Source, string]>([
  [data("image/png", "AA=="), "data:image/png;base64,AA=="],
  [{ from: "url", url: "https://a.example" }, "https://a.example"],
  [{ from: "upload", id: "file_1" }, "file_1"],
])("%p is written %s", (source, text) => expect(encodeSource(source)).toBe(text));
