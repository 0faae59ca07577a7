import { describe, expect, test } from "bun:test";
import { changed, framingOf } from "./odd-framing.ts";
import type { Scenario } from "./scenario.ts";

const CHAT = [
  'data: {"id":"a","choices":[1]}\n\n',
  'data: {"id":"b","usage":{"total_tokens":3}}\n\n',
  "data: [DONE]\n\n",
];
const MESSAGE =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"m"}   }\n\nevent: ping\ndata: {"type": "ping"}\n\n';

function framed(scenario: Scenario, frames: readonly string[] = CHAT): string {
  const framing = framingOf(scenario);
  if (framing === null) throw new Error("no framing");
  return frames.map(framing).join("");
}

describe("dialects of server-sent events", () => {
  test("without a scenario there is none", () => {
    expect(framingOf({})).toBeNull();
  });

  test("other line ends", () => {
    expect(framed({ framing: ["crlf"] })).toBe(CHAT.join("").replaceAll("\n", "\r\n"));
    expect(framed({ framing: ["cr"] })).toBe(CHAT.join("").replaceAll("\n", "\r"));
  });

  test("a byte order mark comes once", () => {
    expect(framed({ framing: ["bom"] })).toBe(`\ufeff${CHAT.join("")}`);
  });

  test("no space after the colon", () => {
    expect(framed({ framing: ["tight"] }, [MESSAGE])).toContain('event:message_start\ndata:{"type"');
  });

  test("comments, ids and retry times in between", () => {
    const text = framed({ framing: ["comments"] });
    expect(text).toStartWith(": simulated\nretry: 3000\nid: 1\ndata: {");
    expect(text.match(/: simulated/g)).toHaveLength(3);
  });

  test("a frame over two data lines is still the same JSON", () => {
    const [first] = framed({ framing: ["split"] }).split("\n\n");
    expect(first).toBe('data: {"id":"a",\ndata: "choices":[1]}');
    expect(JSON.parse((first as string).replaceAll(/^data: /gm, ""))).toEqual({ id: "a", choices: [1] });
    expect(framed({ framing: ["split"] }, [MESSAGE])).toContain('data: {"type":"message_start",\ndata: "message"');
  });

  test("two frames glued together", () => {
    expect(framed({ framing: ["glued"] })).toBe(
      'data: {"id":"a","choices":[1]}{"id":"b","usage":{"total_tokens":3}}\n\ndata: [DONE]\n\n',
    );
    expect(framed({ framing: ["glued"] }, [CHAT[0] as string, CHAT[2] as string])).toBe(`${CHAT[0]}${CHAT[2]}`);
  });

  test("something after the end mark", () => {
    expect(framed({ framing: ["after-end"] })).toEndWith('data: [DONE]\n\ndata: {"late":true}\n\ndata: and more\n\n');
  });

  test("several at once", () => {
    expect(framed({ framing: ["bom", "crlf", "tight"] })).toStartWith('\ufeffdata: {"id":"a"');
  });
});

describe("changes to an answer", () => {
  test("a patch is laid over a whole answer", () => {
    const body = '{"id":"a","usage":{"input":1,"output":2},"choices":[1]}';
    expect(changed(body, { patch: { usage: { input: -1 }, choices: null } })).toBe(
      '{"id":"a","usage":{"input":-1,"output":2},"choices":null}',
    );
  });

  test("members are left out, at any depth", () => {
    expect(changed('{"id":"a","usage":{"input":1,"output":2}}', { omit: ["id", "usage.output", "none.such"] })).toBe(
      '{"usage":{"input":1}}',
    );
  });

  test("numbers no JSON could hold stay away", () => {
    expect(changed('{"a":1}', {})).toBe('{"a":1}');
  });

  test("in a stream, frames that lack the member stay as they are", () => {
    const text = framed({ patch: { usage: { total_tokens: "3" } } });
    expect(text).toBe(`${CHAT[0]}data: {"id":"b","usage":{"total_tokens":"3"}}\n\n${CHAT[2]}`);
  });

  test("in a stream, members are left out of every frame", () => {
    expect(framed({ omit: ["id"] })).toBe(
      'data: {"choices":[1]}\n\ndata: {"usage":{"total_tokens":3}}\n\ndata: [DONE]\n\n',
    );
    expect(framed({ omit: ["message.id"] }, [MESSAGE])).toContain('data: {"type":"message_start","message":{}}');
  });
});
