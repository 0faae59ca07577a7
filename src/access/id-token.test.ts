import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { part } from "../../test/support/issuer.ts";
import { GatewayError } from "../core/error.ts";
import { isTokenShaped, readToken } from "./id-token.ts";

const HEADER = { alg: "ES256", typ: "JWT", kid: "a" };
const tokenOf = (claims: unknown, header: unknown = HEADER) => `${part(header)}.${part(claims)}.${part("proof")}`;

function faultOf(text: string): string | undefined {
  try {
    readToken(text);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.code).toBe("invalid_token");
    return thrown.message;
  }
}

test("a token is its parts, and what its signature is of is the text of two of them", () => {
  const claims = { iss: "https://issuer.example", nested: { a: [1, { b: null }] } };
  const text = tokenOf(claims);
  expect(readToken(text)).toEqual({
    algorithm: "ES256",
    keyId: "a",
    claims,
    signed: text.slice(0, text.lastIndexOf(".")),
    signature: Buffer.from("proof"),
  });
  expect(readToken(tokenOf(claims, { alg: "RS256" })).keyId).toBeUndefined();
});

describe("a member that stands twice is found", () => {
  test.each([
    '{"sub":"a","sub":"b"}',
    '{"sub":"a","sub":"a"}',
    '{"sub":"a","s\\u0075b":"b"}',
    '{"a":{"b":1,"b":1}}',
    '{"a":[0,{"b":1,"b":2}]}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":":","a":"::"}',
    '{ "a" : 1 , "a" : 2 }',
  ])("%s", (claims) => {
    expect(faultOf(tokenOf(claims))).toContain("payload has a member twice");
    expect(faultOf(tokenOf({}, `${claims.slice(0, -1)},"alg":"ES256"}`))).toContain("header has a member twice");
  });

  test.each([
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a\\":":1,"b":"\\\\"}',
    '{"a":"\\\\","b":":"}',
    '{"a:":{"a":1},"a":[":"]}',
    '{"__proto__":{"alg":"none"}}',
    '{"a":"\\u0022:"}',
  ])("%s has none", (claims) => {
    expect(faultOf(tokenOf(claims))).toBeUndefined();
  });

  test("and nowhere else, in whatever JSON", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
        expect(faultOf(tokenOf(JSON.stringify(claims)))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe("what is written otherwise than it must be is refused", () => {
  const text = tokenOf({ sub: "a" });
  const [head, body, proof] = text.split(".") as [string, string, string];
  test.each([
    ["padding", `${head}.${body}.${proof}=`, "base64url"],
    ["the other alphabet", `${head}.${body}.a+/b`, "base64url"],
    ["bits that mean nothing", `${head}.${body}.QR`, "base64url"],
    ["a blank", `${head}.${body} .${proof}`, "base64url"],
    ["no signature", `${head}.${body}.`, "base64url"],
    ["no payload", `${head}..${proof}`, "base64url"],
    ["two parts", `${head}.${body}`, "three parts"],
    ["four parts", `${text}.${proof}`, "three parts"],
    ["bytes that are no UTF-8", `${head}.${Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url")}.${proof}`, "JSON"],
    ["a mark of byte order", `${head}.${part('\uFEFF{"sub":"a"}')}.${proof}`, "JSON"],
    ["JSON with a comma too many", `${head}.${part('{"sub":"a",}')}.${proof}`, "JSON"],
    ["what is too deep for anybody", `${head}.${part(`{"a":${"[".repeat(8000)}`)}.${proof}`, "JSON"],
  ])("%s", (_, token, words) => {
    expect(faultOf(token)).toContain(words);
  });

  test("and nothing that anybody could send breaks it", () => {
    const piece = fc.oneof(fc.constantFrom(head, body, proof, "", "e30", "W10"), fc.string({ maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        faultOf(pieces.join("."));
        isTokenShaped(pieces.join("."));
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (header, claims) => {
        faultOf(tokenOf(claims, header));
      }),
      { numRuns: 500 },
    );
  });
});
