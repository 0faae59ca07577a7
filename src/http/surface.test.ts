import { describe, expect, test } from "bun:test";
import { wireNamed } from "../wires/index.ts";
import { dialectOf, nearPath, rowOf, SURFACE } from "./surface.ts";

const door = (path: string) => rowOf(path)?.door;

describe("every path of the table", () => {
  test.each(Object.entries(SURFACE))("%s leads to its own row", (path, row) => {
    expect(rowOf(path)).toBe(row);
    if (row.door.kind === "inference") {
      expect(row.method).toBe("POST");
      expect(wireNamed(row.door.wire).inbound).toBeDefined();
    }
    if (row.door.kind === "absent") expect(row.door.feature).not.toBe("");
  });

  test.each(Object.keys(SURFACE))("%s has no other spelling", (path) => {
    const others = [
      `${path}/`,
      `/${path}`,
      path.toUpperCase(),
      path.replace("/", "//"),
      path.replaceAll("/", "\\"),
      path.replace(/\/([\w-]+)$/, "%2F$1"),
      path.replace(/\/([\w-]+)$/, "/%2e/$1"),
      `${path};x=1`,
      `${path}#x`,
      `${path}%00`,
      `${path}.json`,
      path.slice(1),
      path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
    ];
    for (const other of others) {
      const found = rowOf(other)?.door;
      // What looks like a model's path asks for a model of that name, which nobody has; a surface may be known below its address.
      const isNone = found === undefined || /^(model|endpoints|absent)$/.test(found.kind);
      expect([other, isNone]).toEqual([other, true]);
    }
  });
});

test("where there is nothing, that is told in the words of whose clients look there", () => {
  for (const path of ["/claude-code", "/claude-code/v1/models/x", "/v1/messages/batches", "/v1/messages/"])
    expect([path, dialectOf(path)]).toEqual([path, "anthropic-messages"]);
  for (const path of ["/", "/v1/messagesque", "/claude-codes", "/v1/files", "/v1/responses/resp_1"])
    expect([path, dialectOf(path)]).toEqual([path, "openai-chat"]);
});

describe("a model's path", () => {
  test.each([
    ["/v1/models/openai/gpt-5", "model", "openai/gpt-5"],
    ["/v1/models/openai%2Fgpt-5", "model", "openai/gpt-5"],
    ["/v1/models/openai%2fgpt-5", "model", "openai/gpt-5"],
    ["/v1/models/openai/gpt-5/endpoints", "endpoints", "openai/gpt-5"],
    ["/v1/models/openai%2Fgpt-5/endpoints", "endpoints", "openai/gpt-5"],
    ["/v1/models/a/b%3Afree", "model", "a/b:free"],
    ["/v1/models/a/endpoints", "model", "a/endpoints"],
    // Not an escape: as it stands.
    ["/v1/models/a/b%zz", "model", "a/b%zz"],
    ["/v1/models/a/%ff", "model", "a/%ff"],
    // Escapes are undone once: a name is looked up, and leads nowhere else.
    ["/v1/models/a/%252e%252e", "model", "a/%2e%2e"],
    ["/v1/models/%2e%2e/x", "model", "../x"],
  ])("%s", (path, kind, id) => expect(door(path)).toEqual({ kind, id } as never));

  test.each([
    "/v1/models/",
    "/v1/models/openai",
    "/v1/models/a/b/c",
    "/v1/models//b",
    "/v1/models/a/",
    "/v1/models/a/b/endpoints/",
  ])("%s is none", (path) => expect(door(path)).toBeUndefined());

  test("is read only", () => expect(rowOf("/v1/models/a/b")!.method).toBe("GET"));
});

describe("a surface of the hosted service that is not here yet", () => {
  test.each(["/v4/ai/video-model", "/v1/ai/realtime-model", "/v3/ai/evaluation-model", "/codex/v1/models"])(
    "%s is known, whatever the method",
    (path) => {
      expect(rowOf(path)).toMatchObject({ method: "ANY", door: { kind: "absent", feature: expect.any(String) } });
    },
  );
});

test.each(["/admin/", "/admin/health", "/admin/x/y"])("%s is the admin API's to know, whatever the method", (path) => {
  expect(rowOf(path)).toEqual({ method: "ANY", door: { kind: "admin" } });
});

test.each([
  "",
  "/",
  "/v1",
  "/v1/",
  "/v2/chat/completions",
  "/__proto__",
  "/constructor",
  "__proto__",
  "constructor",
  "/v1/chat",
  "/v1/chat/completions/x",
  "/claude-code",
  "/claude-code/v1/files",
  "/favicon.ico",
  "/admin",
])("there is nothing at %p", (path) => expect(rowOf(path)).toBeUndefined());

test.each([
  ["/chat/completions", "/v1/chat/completions"],
  ["/v1/v1/chat/completions", "/v1/chat/completions"],
  ["/v1/chat/completion", "/v1/chat/completions"],
  ["/v1/chat/completions/", "/v1/chat/completions"],
  ["/models", "/v1/models"],
  ["/", undefined],
  ["/favicon.ico", undefined],
  // Not here either.
  ["/v1/credit", "/v1/credits"],
  ["/v1/evaluate/", undefined],
])("behind %p was meant %p", (path, near) => expect(nearPath(path)).toBe(near as never));
