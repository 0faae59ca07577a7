import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { errorOf } from "../fixtures/facts.ts";
import { asked } from "./fixtures/call.ts";
import { aiSdkLanguageModel } from "./index.ts";

const PROMPT = [{ role: "user", content: [{ type: "text", text: "Hello" }] }];
const SPECIFICATION = "ai-language-model-specification-version";

describe("the head", () => {
  const read = (head: Record<string, string>, path?: "v2" | "v3") => {
    const { inbound, editions } = aiSdkLanguageModel;
    const door = path === undefined ? inbound! : editions![path]!;
    return door.read({ prompt: PROMPT }, new Headers({ "ai-language-model-id": "lab/a", ...head }));
  };

  test("has the model, and whether to stream", () => {
    expect(read({ "ai-language-model-streaming": "true" })).toMatchObject({ model: "lab/a", stream: true });
    expect(read({ "ai-language-model-streaming": "false" })).toMatchObject({ stream: false });
    expect(read({})).toMatchObject({ stream: false });
  });

  test.each([
    [undefined, undefined, "v4"],
    ["v3", undefined, "v3"],
    ["v2", undefined, "v2"],
    // Whatever the path: a client understands what it says that it does.
    [undefined, "2", "v2"],
    [undefined, "3", "v3"],
    ["v2", "4", "v4"],
    ["v2", "2", "v2"],
    // The first clients of the third edition said so at its path.
    ["v3", "2", "v3"],
  ] as const)("of a call at the path of %s that says %s is of edition %s", (path, said, edition) => {
    expect(read(said === undefined ? {} : { [SPECIFICATION]: said }, path).edition).toBe(edition);
  });

  test.each([
    [{ "ai-language-model-id": "" }, "ai-language-model-id"],
    [{ "ai-language-model-streaming": "yes" }, "ai-language-model-streaming"],
    [{ [SPECIFICATION]: "5" }, SPECIFICATION],
    [{ [SPECIFICATION]: "v4" }, SPECIFICATION],
  ])("%j is refused by its name", (head, param) => {
    const error = errorOf(() => read(head as never));
    expect(error).toMatchObject({ code: "invalid_request", details: { param } });
    expect(error.message).toContain(param);
  });
});

describe("a call", () => {
  test("of another model, or streamed, is another call", () => {
    const bodies = [
      asked(),
      asked({}, { "ai-language-model-id": "lab/b" }),
      asked({}, { "ai-language-model-streaming": "true" }),
    ];
    expect(new Set(bodies.map(({ body }) => JSON.stringify(body))).size).toBe(3);
  });

  test("keeps nothing of the header fields that the SDK writes into it: there may be secrets among them", () => {
    const { body } = asked({ headers: { authorization: "Bearer sk-secret" } });
    expect(JSON.stringify(body)).not.toContain("secret");
  });

  test.each<[JsonObject, string]>([
    [{ prompt: [] }, "prompt"],
    [{ prompt: "Hello" }, "prompt"],
    [{ prompt: [{ role: "robot", content: [] }] }, "prompt[0].role"],
    [{ prompt: [{ role: "user", content: "Hello" }] }, "prompt[0].content"],
    [{ prompt: [{ role: "system", content: [] }] }, "prompt[0].content"],
    [{ prompt: [{ role: "user", content: [{ type: "text" }] }] }, "prompt[0].content[0].text"],
    [{ prompt: [{ role: "user", content: [{ type: "file", data: "x" }] }] }, "prompt[0].content[0].mediaType"],
    [
      { prompt: [{ role: "user", content: [{ type: "file", mediaType: "a/b", data: { type: "data" } }] }] },
      "prompt[0].content[0].data.data",
    ],
    [
      { prompt: [{ role: "assistant", content: [{ type: "tool-call", toolCallId: "c" }] }] },
      "prompt[0].content[0].toolName",
    ],
    [
      { prompt: [{ role: "tool", content: [{ type: "tool-result", toolCallId: "c" }] }] },
      "prompt[0].content[0].output",
    ],
    [{ maxOutputTokens: 0 }, "maxOutputTokens"],
    [{ temperature: "hot" }, "temperature"],
    [{ stopSequences: "END" }, "stopSequences"],
    [{ responseFormat: { type: "xml" } }, "responseFormat.type"],
    [{ reasoning: "a lot" }, "reasoning"],
    [{ tools: [{ type: "function" }] }, "tools[0].name"],
    [{ tools: [{ type: "provider", name: "x" }] }, "tools[0].id"],
    [{ toolChoice: { type: "tool" } }, "toolChoice.toolName"],
    [{ toolChoice: "auto" }, "toolChoice"],
    [{ providerOptions: { gateway: 7 } }, "providerOptions.gateway"],
  ])("%j is refused by the path of what is wrong", (members, param) => {
    expect(errorOf(() => asked(members))).toMatchObject({ code: "invalid_request", details: { param } });
  });

  test("says nothing with null", () => {
    expect(() => asked({ temperature: null, tools: null, toolChoice: null, providerOptions: null })).not.toThrow();
  });

  test.each<[string, JsonObject[], string[]]>([
    ["text", [{ type: "text", text: "Hi" }], []],
    ["a picture", [{ type: "file", mediaType: "image/*", data: { type: "data", data: "iVBO" } }], ["vision"]],
    ["a PDF", [{ type: "file", mediaType: "application/pdf", data: "JVBE" }], ["files"]],
    ["a sound", [{ type: "file", mediaType: "audio/wav", data: "UklG" }], ["audio-input"]],
    ["words in a file", [{ type: "file", mediaType: "image/png", data: { type: "text", text: "Hi" } }], []],
  ])("of %s asks of the model what that takes", (_, content, requires) => {
    expect(asked({ prompt: [{ role: "user", content: content as never }] }).requires ?? []).toEqual(requires as never);
  });

  test("whose tool gave a picture asks for eyes", () => {
    const output = {
      type: "content",
      value: [{ type: "file", mediaType: "image/png", data: { type: "data", data: "iVBO" } }],
    };
    const result = { type: "tool-result", toolCallId: "c", toolName: "look", output };
    expect(asked({ prompt: [{ role: "tool", content: [result] }] }).requires).toEqual(["vision"]);
    const older = {
      ...result,
      output: { type: "content", value: [{ type: "image-url", url: "https://a.example/x" }] },
    };
    expect(asked({ prompt: [{ role: "tool", content: [older] }] }).requires).toEqual(["vision"]);
  });
});

describe("what a provider keeps under an id of its own", () => {
  const file = {
    type: "file",
    mediaType: "application/pdf",
    data: { type: "reference", reference: { openai: "file-1" } },
  };
  const inResult = { type: "content", value: [{ type: "file-id", fileId: "file-1" }] };
  const NAMED: [JsonObject, string][] = [
    [{ prompt: [{ role: "user", content: [file] }] }, "prompt[0].content[0]"],
    [
      { prompt: [{ role: "tool", content: [{ type: "tool-result", toolCallId: "c", output: inResult }] }] },
      "prompt[0].content[0].output.value[0]",
    ],
    [
      { tools: [{ type: "provider", id: "openai.file_search", name: "f", args: { vectorStoreIds: ["vs_1"] } }] },
      "tools[0].args",
    ],
    [
      { tools: [{ type: "provider", id: "openai.code_interpreter", name: "c", args: { container: "cntr_1" } }] },
      "tools[0].args",
    ],
    [
      {
        tools: [
          {
            type: "provider",
            id: "openai.shell",
            name: "s",
            args: { environment: { type: "container_reference", containerId: "cntr_1" } },
          },
        ],
      },
      "tools[0].args",
    ],
    [
      {
        tools: [
          { type: "provider", id: "google.file_search", name: "f", args: { fileSearchStoreNames: ["stores/1"] } },
        ],
      },
      "tools[0].args",
    ],
    [{ providerOptions: { openai: { previousResponseId: "resp_1" } } }, "providerOptions.openai.previousResponseId"],
    [{ providerOptions: { openai: { conversation: "conv_1" } } }, "providerOptions.openai.conversation"],
  ];

  test.each(NAMED)("%j is refused: the account is shared", (members, param) => {
    expect(errorOf(() => asked(members))).toMatchObject({ code: "unsupported", details: { param } });
  });

  test.each(NAMED)("%j may be named by who brings an account of its own", (members, stored) => {
    const gateway = { byok: { openai: [{ apiKey: "sk-own" }] } };
    const providerOptions = { ...(members.providerOptions as JsonObject), gateway };
    expect(asked({ ...members, providerOptions }).stored).toBe(stored);
  });
});
