import { describe, expect, test } from "bun:test";
import { type CurlFacts, curlOf } from "./curl.ts";

const FACTS: CurlFacts = {
  wire: "openai-chat",
  operation: "generate",
  requested_model: "company/fast",
  streamed: true,
  user: "u-1",
  tags: ["env:prod"],
  app: "Search",
  app_url: "https://search.example.com",
  zero_data_retention: true,
};

/** What a shell makes of the command: its words. */
const wordsOf = async (command: string) => {
  const script = command.replace(/^curl /, "printf '%s\\0' ");
  const shell = Bun.spawn(["sh", "-c", script], { env: { HEADGATE_API_KEY: "hg_1" }, stdout: "pipe" });
  return (await new Response(shell.stdout).text()).split("\0").slice(0, -1);
};

describe("a command that asks again", () => {
  test("has the options that are known, where what was said was not kept", async () => {
    const words = await wordsOf(curlOf(FACTS, "http://127.0.0.1:8787")!);
    expect(words.slice(0, -1)).toEqual([
      "http://127.0.0.1:8787/v1/chat/completions",
      "-H",
      "Authorization: Bearer hg_1",
      "-H",
      "Content-Type: application/json",
      "-H",
      "HTTP-Referer: https://search.example.com",
      "-H",
      "X-Title: Search",
      "-d",
    ]);
    expect(JSON.parse(words.at(-1)!)).toEqual({
      model: "company/fast",
      messages: [{ role: "user", content: "…" }],
      stream: true,
      user: "u-1",
      providerOptions: { gateway: { tags: ["env:prod"], zeroDataRetention: true } },
    });
  });

  test("says what was said, whatever stands in it", async () => {
    const body = { model: "a/b", messages: [{ role: "user", content: "it's $HOME `id` \"x\"\n'; rm -rf /'" }] };
    const words = await wordsOf(curlOf({ ...FACTS, app: "'$(id)'" }, "http://h", JSON.stringify(body))!);
    expect(JSON.parse(words.at(-1)!)).toEqual(body);
    expect(words).toContain("X-Title: '$(id)'");
  });

  test("does not say what was cut", async () => {
    const words = await wordsOf(curlOf(FACTS, "http://h", '{"model":"a/b","messages":[{"role":"us')!);
    expect(JSON.parse(words.at(-1)!).model).toBe("company/fast");
  });

  test.each([
    ["anthropic-messages", "generate", "/v1/messages"],
    ["openai-responses", "generate", "/v1/responses"],
    ["openai-embeddings", "embed", "/v1/embeddings"],
    ["ai-sdk-language-model", "generate", "/v1/chat/completions"],
  ])("of %s goes where that is spoken, or its like", (wire, operation, path) => {
    expect(curlOf({ ...FACTS, wire, operation }, "http://h")).toStartWith(`curl http://h${path} `);
  });

  test("is none for what takes files", () => {
    expect(curlOf({ ...FACTS, wire: "openai-transcriptions", operation: "transcribe" }, "http://h")).toBeUndefined();
  });
});
