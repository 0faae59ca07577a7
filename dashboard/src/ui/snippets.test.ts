import { describe, expect, test } from "bun:test";
import { SNIPPETS } from "./snippets.ts";

const FACTS = { url: "http://127.0.0.1:8787", key: "hg_key", model: "openai/gpt-5" };

describe.each(SNIPPETS)("$label", ({ name, write }) => {
  const code = write(FACTS);
  test("is for this address, this key and this model", () => {
    const base = name === "ai-sdk" ? "http://127.0.0.1:8787/v4/ai" : "http://127.0.0.1:8787/v1";
    expect([base, "hg_key", "openai/gpt-5"].filter((told) => !code.includes(told))).toEqual([]);
  });
  test("has nothing that is to be filled in", () => {
    expect(code).not.toMatch(/\$\{|<[a-z-]+>|…|YOUR/);
  });
});

test("the line for a shell sends JSON", () => {
  const [, body] = /-d '(.+)'$/.exec(SNIPPETS[0]!.write(FACTS))!;
  expect(JSON.parse(body!)).toEqual({
    model: "openai/gpt-5",
    stream: true,
    messages: [{ role: "user", content: "Hello!" }],
  });
});
