import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import type { Part, Turn } from "../../core/request.ts";
import { errorOf } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { encodeTurns } from "./encode-turns.ts";

const text = (words: string): Part => ({ kind: "text", text: words });
const user = (...parts: Part[]): Turn => ({ role: "user", parts });
const model = (...parts: Part[]): Turn => ({ role: "assistant", parts });
const call = (id: string, name = "look", args = "{}"): Part => ({
  kind: "tool-call",
  call: id,
  name,
  arguments: args,
  by: "client",
  format: "json",
});
const result = (id: string, ...parts: Part[]): Turn => ({
  role: "tool",
  parts: [{ kind: "tool-result", call: id, parts }],
});
const seal = (encrypted: string, format = "google-gemini-v1"): Part => ({
  kind: "reasoning",
  text: "",
  encrypted,
  format,
});

function encoded(turns: Turn[], ...quirks: Quirk[]) {
  const dropped = new Set<string>();
  const { system, contents } = encodeTurns(turns, new Set(quirks), dropped);
  return { system, contents, dropped: [...dropped] };
}

/** The parts of the only turn. */
const partsOf = (turn: Turn, ...quirks: Quirk[]) =>
  (encoded([turn], ...quirks).contents[0]?.parts ?? []) as JsonObject[];

describe("who says what", () => {
  test("instructions stand apart, wherever they came", () => {
    const { system, contents } = encoded([
      { role: "system", parts: [text("Be brief.")] },
      user(text("Hi")),
      { role: "developer", parts: [text("In French.")] },
    ]);
    expect(system).toEqual([{ text: "Be brief." }, { text: "In French." }]);
    expect(contents).toEqual([{ role: "user", parts: [{ text: "Hi" }] }]);
  });

  test("instructions alone are what the user says", () => {
    const { system, contents } = encoded([{ role: "system", parts: [text("Write a poem.")] }]);
    expect(system).toEqual([]);
    expect(contents).toEqual([{ role: "user", parts: [{ text: "Write a poem." }] }]);
  });

  test("turns of one speaker become one, and nothing is no turn", () => {
    const { contents } = encoded([user(text("a")), user(text("")), user(text("b")), model(), model(text("c"))]);
    expect(contents).toEqual([
      { role: "user", parts: [{ text: "a" }, { text: "b" }] },
      { role: "model", parts: [{ text: "c" }] },
    ]);
  });

  test("a speaker's name cannot be said", () => {
    expect(encoded([{ ...user(text("a")), name: "Ann" }]).dropped).toEqual(["messages[].name"]);
  });
});

describe("results of calls", () => {
  test("all of one turn's stand in one turn, in the names of their calls", () => {
    const { contents } = encoded([
      user(text("Both?")),
      model(call("a", "add"), call("b", "multiply")),
      result("a", text("5")),
      result("b", text('{"product":6}')),
      user(text("And now?")),
    ]);
    expect(contents.slice(2)).toEqual([
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "add", response: { output: "5" } } },
          { functionResponse: { id: "b", name: "multiply", response: { product: 6 } } },
        ],
      },
      { role: "user", parts: [{ text: "And now?" }] },
    ]);
  });

  test("beside a user's words they stand before them, in a turn of their own", () => {
    const both = user(text("Look:"), { kind: "tool-result", call: "a", parts: [text("x")] });
    expect(encoded([model(call("a")), both]).contents.slice(1)).toEqual([
      { role: "user", parts: [{ functionResponse: { id: "a", name: "look", response: { output: "x" } } }] },
      { role: "user", parts: [{ text: "Look:" }] },
    ]);
  });

  test("a failure is told as one", () => {
    const failed = user({ kind: "tool-result", call: "a", parts: [text("no such city")], failed: true });
    expect(encoded([model(call("a")), failed]).contents[1]!.parts).toEqual([
      { functionResponse: { id: "a", name: "look", response: { error: "no such city" } } },
    ]);
  });

  test("a picture follows its result", () => {
    const image: Part = { kind: "image", source: { from: "data", mediaType: "image/png", base64: "aQ==" } };
    expect(encoded([model(call("a")), result("a", text("seen"), image)]).contents[1]!.parts).toEqual([
      { functionResponse: { id: "a", name: "look", response: { output: "seen" } } },
      { inlineData: { mimeType: "image/png", data: "aQ==" } },
    ]);
  });

  test("a call that another provider ran is left out, and told", () => {
    const ran: Part = {
      kind: "tool-call",
      call: "s",
      name: "web_search",
      arguments: "{}",
      by: "provider",
      format: "json",
    };
    const { contents, dropped } = encoded([model({ ...ran, extra: { type: "server_tool_use" } }, text("Found."))]);
    expect([contents[0]!.parts, dropped]).toEqual([[{ text: "Found." }], ["server_tool_use"]]);
  });

  test("arguments that are no object cannot be said", () => {
    for (const args of ["{", "[]", "7", "null"])
      expect(errorOf(() => encoded([model(call("a", "look", args))])).code).toBe("unsupported");
  });
});

describe("thought signatures go back where they were", () => {
  test("that of a call, to the first of its turn", () => {
    expect(partsOf(model(call("a"), call("b"), seal("S")))).toEqual([
      { functionCall: { id: "a", name: "look", args: {} }, thoughtSignature: "S" },
      { functionCall: { id: "b", name: "look", args: {} } },
    ]);
    // In a chat message the details stand before everything.
    expect(partsOf(model(seal("S"), text("Let me see."), call("a")))).toEqual([
      { text: "Let me see." },
      { functionCall: { id: "a", name: "look", args: {} }, thoughtSignature: "S" },
    ]);
  });

  test("that of a text, to the last text; without one, alone", () => {
    expect(partsOf(model(text("Three."), seal("S")))).toEqual([{ text: "Three.", thoughtSignature: "S" }]);
    expect(partsOf(model(seal("S")))).toEqual([{ text: "", thoughtSignature: "S" }]);
  });

  test("those of a call and of a text, each to its own", () => {
    expect(partsOf(model(seal("1"), seal("2"), text("So:"), call("a")))).toEqual([
      { text: "So:", thoughtSignature: "2" },
      { functionCall: { id: "a", name: "look", args: {} }, thoughtSignature: "1" },
    ]);
  });

  test("thinking goes back with its proof", () => {
    const signature = { format: "google-gemini-v1", value: "S" };
    expect(
      partsOf(model({ kind: "reasoning", text: "Hm.", signature, format: "google-gemini-v1" }, text("x"))),
    ).toEqual([{ text: "Hm.", thought: true, thoughtSignature: "S" }, { text: "x" }]);
  });

  test("another vendor's are left out, and that is told", () => {
    const foreign = { format: "anthropic-claude-v1", value: "S" };
    for (const part of [
      seal("S", "openai-responses-v1"),
      { kind: "reasoning", text: "Hm.", signature: foreign } as const,
    ]) {
      const { contents, dropped } = encoded([model(part, text("x"))]);
      expect([contents[0]!.parts, dropped]).toEqual([[{ text: "x" }], ["reasoning_details"]]);
    }
    expect(encoded([model({ kind: "reasoning", text: "Hm." }, text("x"))]).dropped).toEqual(["reasoning"]);
  });

  test("a call of another model gets the word that stands for one, where one is required", () => {
    const turn = model(call("a"), call("b"));
    expect(partsOf(turn)[0]!.thoughtSignature).toBeUndefined();
    const [first, second] = partsOf(turn, "signed-calls");
    expect(first!.thoughtSignature).toBe("skip_thought_signature_validator");
    expect(second!.thoughtSignature).toBeUndefined();
    expect(partsOf(model(call("a"), seal("S")), "signed-calls")[0]!.thoughtSignature).toBe("S");
    // Seen of a client that sends the detail back without what it holds.
    const empty = encoded([model(seal(""), call("a"))], "signed-calls");
    expect(empty.contents[0]!.parts).toEqual([
      { functionCall: { id: "a", name: "look", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
    ]);
    expect(empty.dropped).toEqual(["reasoning_details"]);
  });
});

describe("pictures, sound and files", () => {
  const source = (url: string) => ({ from: "url", url }) as const;
  test.each([
    ["https://example.org/a.PNG?x=.pdf", "image/png"],
    ["https://example.org/picture", "image/jpeg"],
    ["https://youtu.be/abc", "video/mp4"],
    ["gs://bucket/a.webp", "image/webp"],
  ])("%s is %s", (url, mimeType) => {
    expect(partsOf(user({ kind: "image", source: source(url) }))).toEqual([{ fileData: { mimeType, fileUri: url } }]);
  });

  test("a file by its address is a PDF unless the address says otherwise", () => {
    const types = ["https://example.org/report", "https://example.org/data.csv"].map((url) => {
      const [part] = partsOf(user({ kind: "file", source: source(url) }));
      return (part!.fileData as JsonObject).mimeType;
    });
    expect(types).toEqual(["application/pdf", "text/csv"]);
  });

  test("sound", () => {
    expect(partsOf(user({ kind: "audio", base64: "UklGRg==", format: "wav" }))).toEqual([
      { inlineData: { mimeType: "audio/wav", data: "UklGRg==" } },
    ]);
  });

  test("what only another wire can say, and files of the gateway's account, are refused", () => {
    for (const part of [
      { kind: "file", source: { from: "upload", id: "file-1" } },
      { kind: "native", wire: "openai-chat", value: { type: "hologram" } },
    ] as Part[])
      expect(errorOf(() => encoded([user(part)]))).toMatchObject({
        code: "unsupported",
        details: { param: "messages" },
      });
  });

  test("its own parts go back as they came", () => {
    const value = { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "S" };
    expect(partsOf(model({ kind: "native", wire: "gemini-generate", value }))).toEqual([value]);
  });
});
