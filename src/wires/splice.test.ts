import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readByteText, utf8ByteText } from "../core/byte-text.ts";
import { eachMember, endOfValue, firstElement, NOWHERE, type Span, setMember, splice } from "./splice.ts";

/** The members that `eachMember` finds at the top of a text, by name, as they would be parsed. The last of a name holds. */
function membersOf(bytes: string): Map<string, { span: Span; value: unknown }> {
  const found = new Map<string, { span: Span; value: unknown }>();
  const close = eachMember(bytes, 0, (name, start) => {
    const end = endOfValue(bytes, start);
    const value = JSON.parse(readByteText(bytes.slice(start, end)));
    found.set(JSON.parse(readByteText(`"${name}"`)), { span: { start, end }, value });
    return undefined;
  });
  expect(bytes[close]).toBe("}");
  return found;
}

/** JSON as somebody else may write it: white space anywhere, characters escaped that need not be, numbers spelled oddly. */
function written(value: unknown, odd: () => number): string {
  const space = () => ["", "", "", " ", "\n", "\t ", "\r\n  "][odd() % 7]!;
  if (typeof value === "string") {
    const letters = [...value].map((letter) => {
      const plain = JSON.stringify(letter).slice(1, -1);
      if (odd() % 4 > 0) return plain;
      if (letter === "/") return "\\/";
      return letter
        .split("")
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        .join("");
    });
    return `"${letters.join("")}"`;
  }
  if (Number.isSafeInteger(value) && odd() % 3 === 0) return `${value}${[".0", "e0", "E+0"][odd() % 3]}`;
  if (Array.isArray(value))
    return `[${space()}${value.map((item) => written(item, odd) + space()).join(`,${space()}`)}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => `${written(name, odd)}${space()}:${space()}${written(member, odd)}${space()}`,
    );
    return `{${space()}${members.join(`,${space()}`)}}`;
  }
  return JSON.stringify(value);
}

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom(...'"\\/{}[]:,ü漢😀 \u0000\u2028ab'), fc.string({ minLength: 1, maxLength: 1 })),
});
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e21, -2.5e-7),
    fc.integer(),
    anyText,
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.uniqueArray(fc.tuple(anyText, tie("value")), { maxLength: 5, selector: ([name]) => name }).map(
    // `__proto__` would not be a member of an object made so.
    (entries) => Object.fromEntries(entries.filter(([name]) => name !== "__proto__")),
  ),
}));
const anyObject = anyValue.object as fc.Arbitrary<Record<string, unknown>>;
const oddities = fc.infiniteStream(fc.nat(1000)).map((stream) => () => stream.next().value as number);

describe("eachMember", () => {
  test("finds exactly the members that a parser finds, however they are written", () => {
    fc.assert(
      fc.property(anyObject, oddities, (object, odd) => {
        const text = written(object, odd);
        expect(JSON.parse(text)).toEqual(object);
        const found = membersOf(utf8ByteText(text));
        expect(Object.fromEntries([...found].map(([name, { value }]) => [name, value]))).toEqual(object);
      }),
      { numRuns: 1000 },
    );
  });

  test("a visitor may go through a value itself, by saying where it ends", () => {
    const bytes = '{"a":{"b":[1,{"c":2}]},"d":3}';
    const names: string[] = [];
    const close = eachMember(bytes, 0, (name, value) => {
      names.push(name);
      if (name !== "a") return undefined;
      return eachMember(bytes, value, (inner) => void names.push(inner)) + 1;
    });
    expect(names).toEqual(["a", "b", "d"]);
    expect(close).toBe(bytes.length - 1);
  });

  test("white space before the object is allowed", () => {
    expect(eachMember(' \n\t\r{"a":1}', 0, () => undefined)).toBe(10);
  });

  test("an empty object has no members and an end", () => {
    expect(eachMember("{}", 0, () => expect.unreachable() as never)).toBe(1);
    expect(eachMember("{ \n}", 0, () => expect.unreachable() as never)).toBe(3);
  });

  test("both of two members with one name are shown; the last is what a parser keeps", () => {
    expect(membersOf('{"a":1,"b":2,"a":3}').get("a")!.value).toBe(3);
  });

  test("strings that look like structure are strings", () => {
    const object = { a: '","b":{"c":[', "}{": "\\", '"': '\\"', ":": "]}" };
    expect(
      Object.fromEntries([...membersOf(JSON.stringify(object))].map(([name, { value }]) => [name, value])),
    ).toEqual(object);
  });

  test.each([
    "",
    " ",
    "null",
    "[]",
    '"a"',
    "7",
    "<html>",
    "{",
    '{"a"',
    '{"a":',
    '{"a":}',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{"a" 1}',
    "{a:1}",
    '{"a":"x}',
    '{"a":"x\\"}',
    '{"a":[1}',
    '{"a":{"b":1}',
    '{"a":1;"b":2}',
    "{'a':1}",
    '{,"a":1}',
  ])("there is no object in %p", (text) => {
    expect(eachMember(text, 0, () => undefined)).toBe(NOWHERE);
  });
});

test("cut anywhere, an object has no end: what was cut is never taken for whole", () => {
  fc.assert(
    fc.property(anyObject, oddities, (object, odd) => {
      const bytes = utf8ByteText(written(object, odd));
      for (let cut = 0; cut < bytes.length; cut++) {
        expect(eachMember(bytes.slice(0, cut), 0, () => undefined)).toBe(NOWHERE);
      }
    }),
    { numRuns: 100 },
  );
});

test("text that is no JSON never throws and never hangs", () => {
  const pieces = fc.constantFrom(...'{}[]",:\\ 1ae-', '"a":', "null", "\\u00", '\\"', "é");
  const walk = (text: string) => {
    const close = eachMember(text, 0, (_, value) => {
      const inner = eachMember(text, value, () => undefined);
      return inner === NOWHERE ? undefined : inner + 1;
    });
    expect(close === NOWHERE || text[close] === "}").toBe(true);
    const behind = firstElement(text, 0, (element) => endOfValue(text, element));
    // It counts brackets, whichever they are: what closes wrongly is for a parser to refuse.
    expect(behind === NOWHERE || /[\]}]/.test(text[behind - 1]!)).toBe(true);
    expect(endOfValue(text, 0)).toBeLessThanOrEqual(text.length);
    expect(eachMember(text, text.length + 5, () => undefined)).toBe(NOWHERE);
  };
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => walk(parts.join(""))),
    { numRuns: 5000 },
  );
  fc.assert(fc.property(fc.string(), walk));
});

describe("firstElement", () => {
  test("says where the first stands and ends behind them all", () => {
    const bytes = ' [ {"a":"]"} , [1,2] , 3 ] tail';
    let first = "";
    const end = firstElement(bytes, 1, (element) => {
      const behind = endOfValue(bytes, element);
      first = bytes.slice(element, behind);
      return behind;
    });
    expect(first).toBe('{"a":"]"}');
    expect(bytes.slice(end)).toBe(" tail");
  });

  test("an empty array has none", () => {
    expect(firstElement("[ ]", 0, () => expect.unreachable() as never)).toBe(3);
  });

  test.each(["", "{}", "null", '"["', "[", "[1", "[1,", '[{"a":1', '["]'])("%p is no array", (text) => {
    expect(firstElement(text, 0, (element) => endOfValue(text, element))).toBe(NOWHERE);
  });

  test("it agrees with a parser on any array", () => {
    fc.assert(
      fc.property(fc.array(anyValue.value as fc.Arbitrary<unknown>, { maxLength: 5 }), oddities, (list, odd) => {
        const bytes = utf8ByteText(written(list, odd));
        let first: unknown;
        const end = firstElement(bytes, 0, (element) => {
          const behind = endOfValue(bytes, element);
          first = JSON.parse(readByteText(bytes.slice(element, behind)));
          return behind;
        });
        expect(end).toBe(bytes.length);
        expect(first).toEqual(list[0]);
      }),
    );
  });
});

describe("endOfValue", () => {
  test.each<[string, string]>([
    ["1.5e+10,", "1.5e+10"],
    ["-0}", "-0"],
    ["1E5]", "1E5"],
    ["true ", "true"],
    ["null", "null"],
    ['"a\\"b"x', '"a\\"b"'],
    ['"\\\\"x', '"\\\\"'],
    ['"\\\\\\""x', '"\\\\\\""'],
    ['""x', '""'],
    ['{"a":[{}]}x', '{"a":[{}]}'],
    ["[[[]]]]", "[[[]]]"],
  ])("of %p is %p", (text, value) => {
    expect(text.slice(0, endOfValue(text, 0))).toBe(value);
  });
});

describe("setting members", () => {
  const anyEdit = fc.array(fc.tuple(anyText, anyValue.value as fc.Arbitrary<unknown>), { maxLength: 4 });

  test("in the text gives what editing the tree gives, and not a byte else", () => {
    fc.assert(
      fc.property(anyObject, oddities, anyEdit, (object, odd, changes) => {
        fc.pre(Object.keys(object).length > 0);
        // An edit's name goes into the text as it stands: ours are plain words.
        const edits = new Map(
          changes.map(([name, value], i) => [Object.keys(object)[i] ?? `new_${i}${name.length}`, value]),
        );
        const bytes = utf8ByteText(written(object, odd));
        const members = membersOf(bytes);
        const close = eachMember(bytes, 0, () => undefined);
        const spliced = splice(
          bytes,
          [...edits].map(([name, value]) => setMember(name, JSON.stringify(value), members.get(name)?.span, close)),
        );
        expect(JSON.parse(readByteText(spliced))).toEqual({ ...object, ...Object.fromEntries(edits) });
        for (const [name, { span }] of members) {
          if (!edits.has(name)) expect(spliced).toContain(bytes.slice(span.start, span.end));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("replaces where the member stands, adds before the brace where it does not", () => {
    const bytes = '{"id": "a" , "n" :1.0}';
    const id = membersOf(bytes).get("id")!.span;
    expect(splice(bytes, [setMember("id", '"b"', id, 21), setMember("m", "2", undefined, 21)])).toBe(
      '{"id": "b" , "n" :1.0,"m":2}',
    );
  });

  test("several added members stand in the order of the edits", () => {
    expect(splice('{"a":1}', [setMember("b", "2", undefined, 6), setMember("c", "3", undefined, 6)])).toBe(
      '{"a":1,"b":2,"c":3}',
    );
  });

  test("the order of edits does not matter where they stand apart", () => {
    const edits = [
      { at: { start: 5, end: 6 }, text: "X" },
      { at: { start: 0, end: 1 }, text: "" },
      { at: { start: 3, end: 3 }, text: "++" },
    ];
    expect(splice("0123456789", edits)).toBe("12++34X6789");
    expect(splice("0123456789", edits.toReversed())).toBe("12++34X6789");
    expect(edits[0]!.at.start).toBe(5);
  });

  test("no edits, no change", () => {
    expect(splice("abc", [])).toBe("abc");
  });

  test("what is put in is written as UTF-8, what stands there stays as it is", () => {
    const bytes = utf8ByteText('{"a":"é","b":"漢"}');
    const spliced = splice(bytes, [setMember("a", '"😀"', membersOf(bytes).get("a")!.span, 0)]);
    expect(readByteText(spliced)).toBe('{"a":"😀","b":"漢"}');
  });
});
