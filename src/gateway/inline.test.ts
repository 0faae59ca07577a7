import { describe, expect, test } from "bun:test";
import type { Part, Request, Source } from "../core/request.ts";
import { wireNamed } from "../wires/index.ts";
import { addressesIn, inlined, NO_FILES } from "./inline.ts";

const image = (url: string): Part => ({ kind: "image", source: { from: "url", url } });
const data = (base64: string): Source => ({ from: "data", mediaType: "image/png", base64 });

function requestOf(...turns: Part[][]): Request {
  return {
    turns: turns.map((parts) => ({ role: "user", parts })),
    stream: false,
    sampling: {},
    extra: {},
    providerOptions: {},
  };
}

const all = () => true;

describe("addresses in a request", () => {
  test("are those of images and files, also in results of tools, each once", () => {
    const request = requestOf(
      [image("https://a/1"), { kind: "text", text: "https://a/2" }, image("https://a/1")],
      [{ kind: "tool-result", call: "c", parts: [image("https://a/3")] }],
      [{ kind: "file", source: { from: "url", url: "https://a/4" }, filename: "a.pdf" }],
    );
    expect(addressesIn(request, all)).toEqual(["https://a/1", "https://a/3", "https://a/4"]);
  });

  test("are not what came as data or was uploaded", () => {
    const sources: Source[] = [data("AAAA"), { from: "upload", id: "file-1" }];
    const request = requestOf(sources.map((source): Part => ({ kind: "image", source })));
    expect(addressesIn(request, all)).toEqual([]);
  });

  test("are only those that the wire cannot pass on", () => {
    const request = requestOf([image("https://a/1"), image("gs://bucket/2")]);
    expect(addressesIn(request, (url) => url.startsWith("https:"))).toEqual(["https://a/1"]);
  });

  test("are of documents alone where pictures go by their address, whatever either is called", () => {
    const file: Part = { kind: "file", source: { from: "url", url: "https://a/download?id=1" } };
    const { inlines } = wireNamed("openai-chat").outbound!;
    expect(addressesIn(requestOf([image("https://a/1.pdf"), file]), inlines!)).toEqual(["https://a/download?id=1"]);
  });

  test("are a few: more are refused, not left where no provider reads them", () => {
    const many = Array.from({ length: 21 }, (_, i) => image(`https://a/${i}`));
    expect(addressesIn(requestOf(many.slice(1)), all)).toHaveLength(20);
    expect(() => addressesIn(requestOf(many), all)).toThrow("21 files would have to be fetched");
  });
});

describe("a request with its files in it", () => {
  test("has them where their addresses stood, and is otherwise the same", () => {
    const request = requestOf(
      [{ kind: "image", source: { from: "url", url: "https://a/1" }, detail: "low", cache: {} }, image("https://a/2")],
      [{ kind: "tool-result", call: "c", parts: [image("https://a/1")], failed: true }],
    );
    const files = new Map([["https://a/1", data("AAAA")]]);
    const before = structuredClone(request);
    expect(inlined(request, files).turns.map(({ parts }) => parts)).toEqual([
      [{ kind: "image", source: data("AAAA"), detail: "low", cache: {} }, image("https://a/2")],
      [{ kind: "tool-result", call: "c", parts: [{ kind: "image", source: data("AAAA") }], failed: true }],
    ]);
    expect(request).toEqual(before);
  });

  test("is the very request where there are none", () => {
    const request = requestOf([image("https://a/1")]);
    expect(inlined(request, NO_FILES)).toBe(request);
  });
});
