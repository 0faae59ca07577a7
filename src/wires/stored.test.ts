import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { ask, errorOf } from "./fixtures/facts.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import { ownStored, storedInOptions } from "./stored.ts";

const NO_HEADERS = new Headers();

test("a request that names nothing of a provider's passes", () => {
  expect(ownStored(undefined, { options: {} })).toEqual({});
});

test("one that does is refused by the place where it does, and told what to send instead", () => {
  const error = errorOf(() => ownStored("messages[1].content[0].file.file_id", { options: {} }));
  expect(error).toMatchObject({ code: "unsupported", details: { param: "messages[1].content[0].file.file_id" } });
  expect(error.message).toEndWith("send the content itself.");
});

test("an item of an answer that is only referred to comes of a client that takes it for kept: it hears how to be told otherwise", () => {
  const error = errorOf(() => ownStored("input[1]", { options: {} }));
  expect(error.message).toEndWith("send the content itself, as clients do once they are told `store: false`.");
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

test("data that Azure reads as the owner of the account is not for a client to name", () => {
  const source = (authentication: JsonObject) => ({
    type: "azure_search",
    parameters: { index_name: "i", authentication },
  });
  const own = source({ type: "api_key", key: "k" });
  for (const data_sources of [[own, source({ type: "system_assigned_managed_identity" })], [{}], "all"])
    expect(errorOf(() => ask({ data_sources })).details.param).toBe("data_sources");
  for (const data_sources of [[own], [], null]) expect(() => ask({ data_sources })).not.toThrow();
});

test("a shell runs in no container that is kept, and has no file that is", () => {
  const read = (environment: JsonObject) =>
    openaiResponses.inbound!.read(
      { model: "openai/gpt-5", input: "Hi", tools: [{ type: "shell", environment }] },
      NO_HEADERS,
    );
  for (const environment of [
    { type: "container_reference", container_id: "cntr_1" },
    { type: "container_auto", file_ids: ["file-1"] },
  ])
    expect(errorOf(() => read(environment))).toMatchObject({
      code: "unsupported",
      details: { param: "tools[0].environment" },
    });
  for (const type of ["container_auto", "local"]) expect(() => read({ type })).not.toThrow();
});

describe("options for a provider, which are laid over the body", () => {
  test.each<[string, JsonObject]>([
    ["providerOptions.openai.previousResponseId", { openai: { reasoningEffort: "low", previousResponseId: "resp_1" } }],
    ["providerOptions.openai.previous_response_id", { openai: { previous_response_id: "resp_1" } }],
    ["providerOptions.azure.conversation", { gateway: {}, azure: { conversation: "conv_1" } }],
    ["providerOptions.azure.dataSources", { azure: { dataSources: [{ type: "azure_search" }] } }],
    ["providerOptions.openai.prompt", { openai: { prompt: { id: "pmpt_1" } } }],
    ["providerOptions.openai.tools", { openai: { tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] } }],
    ["providerOptions.openai.tools", { openai: { tools: [{ type: "code_interpreter", container: "cntr_1" }] } }],
    [
      "providerOptions.openai.tools",
      { openai: { tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: ["file-1"] } }] } },
    ],
    [
      "providerOptions.openai.tools",
      { openai: { tools: [{ type: "shell", environment: { type: "container_reference", container_id: "cntr_1" } }] } },
    ],
    [
      "providerOptions.openai.tools",
      { openai: { tools: [{ type: "image_generation", inputImageMask: { fileId: "file-1" } }] } },
    ],
    ["providerOptions.google.tools", { google: { tools: [{ fileSearch: { fileSearchStoreNames: ["s/1"] } }] } }],
    ["providerOptions.vertex.tools", { vertex: { tools: { retrieval: { vertexAiSearch: { datastore: "d" } } } } }],
    ["providerOptions.anthropic.container", { anthropic: { container: "container_1" } }],
    ["providerOptions.anthropic.container", { anthropic: { container: { id: "container_1" } } }],
  ])("name no more of what is kept than the body may: %s", (param, providerOptions) => {
    expect(storedInOptions(providerOptions)).toBe(param);
    const byok = { openai: [{ apiKey: "sk-own" }] };
    for (const read of [
      (more: JsonObject) => ask({ ...more }),
      (more: JsonObject) => openaiResponses.inbound!.read({ model: "openai/gpt-5", input: "Hi", ...more }, NO_HEADERS),
      (more: JsonObject) =>
        anthropicMessages.inbound!.read(
          { model: "m/m", max_tokens: 9, messages: [{ role: "user", content: "Hi" }], ...more },
          NO_HEADERS,
        ),
    ]) {
      expect(errorOf(() => read({ providerOptions }))).toMatchObject({ code: "unsupported", details: { param } });
      expect(read({ providerOptions: { ...providerOptions, gateway: { byok } } }).stored).toBe(param);
    }
  });

  test("say what they like otherwise", () => {
    const parameters = { properties: { file_ids: { type: "array" }, container: { type: "string" } } };
    const tools = [
      { type: "function", name: "f", parameters },
      { type: "code_interpreter", container: { type: "auto" } },
    ];
    const container = { skills: [{ type: "anthropic", skill_id: "pdf" }] };
    const openai = { promptCacheKey: "k", store: false, tools, previousResponseId: null };
    expect(storedInOptions({ openai, anthropic: { container }, google: { tools: [{ google_search: {} }] } })).toBe(
      undefined,
    );
    expect(storedInOptions(undefined)).toBe(undefined);
  });
});
