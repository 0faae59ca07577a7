import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { redact, redactPieces } from "../core/redact.ts";
import { redactFrames } from "./spoken.ts";

const SECRET = "sk-proj-Ab3dEfghIJklMnopqrstuvwx0123456789";
const streamOf = (frames: readonly object[]) => frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
const piecesOf = (text: string, size: number) => text.match(new RegExp(`.{1,${size}}`, "gs")) ?? [];

describe("pieces of a text", () => {
  test("together are the text without its secrets, however it is cut", () => {
    const text = fc.array(fc.constantFrom(SECRET, "Say ", "ärger ", "🎉", "", " AKIAABCDEFGHIJKLMNOP."), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (parts, cuts) => {
        const whole = parts.join(" ");
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const pieces = places.slice(1).map((end, i) => whole.slice(places[i], end));
        const kept = redactPieces(pieces);
        expect(kept).toHaveLength(pieces.length);
        expect(kept.join("")).toBe(redact(whole));
      }),
    );
  });
});

describe("frames", () => {
  test.each([1, 2, 5, 11])("in which a secret is said in pieces of %d have none of it", (size) => {
    const all: [string, (piece: string, i: number) => object][] = [
      ["chat", (content) => ({ id: "chatcmpl-1", choices: [{ index: 0, delta: { content } }] })],
      ["reasoning", (thought) => ({ choices: [{ index: 0, delta: { reasoning: thought } }] })],
      [
        "the arguments of a tool",
        (json, i) => ({
          choices: [
            {
              index: 0,
              delta: {
                tool_calls: [
                  { index: 0, ...(i === 0 ? { id: "call_1", type: "function" } : {}), function: { arguments: json } },
                ],
              },
            },
          ],
        }),
      ],
      ["responses", (delta) => ({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta })],
      ["messages", (text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })],
    ];
    for (const [, frameOf] of all) {
      const pieces = piecesOf(`It is ${SECRET} indeed`, size);
      const kept = redactFrames(streamOf(pieces.map(frameOf)));
      const said = [...kept.matchAll(/"(?:content|reasoning|arguments|delta|text)":"([^"]*)"/g)].map(
        ([, text]) => text,
      );
      expect(said.join("")).toBe("It is [redacted] indeed");
      expect(kept.split("\n")).toHaveLength(pieces.length * 2 + 1);
    }
  });

  test("side by side are two texts, and frames without secrets stay as they are to the byte", () => {
    const frame = (index: number, content: string) => ({ choices: [{ index, delta: { content } }] });
    const two = streamOf([frame(0, "sk-"), frame(1, "Hello"), frame(0, "proj-12345678"), frame(1, " you")]);
    const kept = redactFrames(two);
    expect(kept).toContain("[redacted]");
    expect(kept).not.toContain("12345678");
    expect(kept).toContain('"Hello"');
    const plain = `: ping\n\ndata: {"a": 1,  "b":"x"}\r\n\r\ndata:{"b":"y"}\n\ndata: [DONE]\n\n`;
    expect(redactFrames(plain)).toBe(plain);
    expect(redactFrames('{"whole":"answer"}')).toBe('{"whole":"answer"}');
  });

  test("that were cut are left out: what they go on with is not known", () => {
    const whole = streamOf([{ delta: "sk-ab" }]);
    expect(redactFrames(`${whole}data: {"delta":"cdef12`)).toBe(whole);
  });
});
