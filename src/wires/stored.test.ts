import { expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import { ask, errorOf } from "./fixtures/facts.ts";
import { ownStored } from "./stored.ts";

test("a request that names nothing of a provider's passes", () => {
  expect(ownStored(undefined, { options: {} })).toEqual({});
});

test("one that does is refused by the place where it does, and told what to send instead", () => {
  const error = errorOf(() => ownStored("messages[1].content[0].file.file_id", { options: {} }));
  expect(error).toMatchObject({ code: "unsupported", details: { param: "messages[1].content[0].file.file_id" } });
  expect(error.message).toContain("send the content itself");
});

test("one that does and brings an account of its own may, and says where", () => {
  const byok = { openai: [{ apiKey: "sk-own" }] };
  expect(ownStored("container", { options: { byok } })).toEqual({ stored: "container" });
  expect(errorOf(() => ownStored("container", { options: { byok: true } })).code).toBe("unsupported");
});

test("a chat completion that names a file by a provider's id is refused before anybody is asked", () => {
  const part = (file: JsonObject) => ({ type: "file", file });
  const messages = (file: JsonObject): JsonObject[] => [
    { role: "system", content: "Be brief." },
    { role: "user", content: [{ type: "text", text: "What is this?" }, part(file)] },
  ];
  const error = errorOf(() => ask({ messages: messages({ file_id: "file-1" }) }));
  expect([error.code, error.details.param]).toEqual(["unsupported", "messages[1].content[1].file.file_id"]);
  expect(() => ask({ messages: messages({ file_data: "data:application/pdf;base64,AAAA" }) })).not.toThrow();
});
