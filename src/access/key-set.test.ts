import { describe, expect, test } from "bun:test";
import { readToken } from "./id-token.ts";
import { isSigned, keysFor, readKeySet } from "./key-set.ts";

/** Signed by others: examples of RFC 7515 (A.2, A.3) and RFC 8037 (A.4). */
const CLAIMS = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RSA = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
};
const EC = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};
const OKP = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

const SIGNED = [
  [
    "RS256",
    RSA,
    `eyJhbGciOiJSUzI1NiJ9.${CLAIMS}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  ],
  [
    "ES256",
    EC,
    `eyJhbGciOiJFUzI1NiJ9.${CLAIMS}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  ],
] as const;

describe("what others have signed", () => {
  test.each(SIGNED)("%s", (_, jwk, text) => {
    const token = readToken(text);
    expect(isSigned(token, keysFor(readKeySet({ keys: [jwk] }), token))).toBe(true);
    const changed = { ...token, signed: `${token.signed}A` };
    expect(isSigned(changed, keysFor(readKeySet({ keys: [jwk] }), token))).toBe(false);
  });

  /** RFC 7520, 4.2. */
  test("PS384", () => {
    const token = {
      algorithm: "PS384",
      keyId: "bilbo.baggins@hobbiton.example",
      claims: {},
      signed:
        "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
      signature: Buffer.from(
        "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
        "base64url",
      ),
    };
    const n =
      "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
    const keys = readKeySet({ keys: [{ kty: "RSA", n, e: "AQAB", kid: token.keyId }] });
    expect(isSigned(token, keysFor(keys, token))).toBe(true);
    expect(isSigned({ ...token, algorithm: "RS384" }, keys)).toBe(false);
    expect(isSigned({ ...token, algorithm: "PS256" }, keys)).toBe(false);
  });

  test("EdDSA", () => {
    const token = {
      algorithm: "EdDSA",
      keyId: undefined,
      claims: {},
      signed: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
      signature: Buffer.from(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        "base64url",
      ),
    };
    expect(isSigned(token, readKeySet({ keys: [OKP] }))).toBe(true);
    expect(isSigned({ ...token, algorithm: "Ed25519" }, readKeySet({ keys: [OKP] }))).toBe(true);
    expect(isSigned({ ...token, signed: "x" }, readKeySet({ keys: [OKP] }))).toBe(false);
  });
});

describe("the key of a token", () => {
  const all = readKeySet({
    keys: [
      { ...RSA, kid: "rsa" },
      { ...RSA, kid: "pss", alg: "PS256" },
      { ...EC, kid: "ec" },
      { ...OKP, kid: "ed" },
    ],
  });
  const named = (algorithm: string, keyId?: string) =>
    keysFor(all, { algorithm, keyId, claims: {}, signed: "", signature: Buffer.alloc(0) }).map(({ id }) => id);

  test("is the one of its name, where that is for its algorithm", () => {
    expect(named("RS256", "rsa")).toEqual(["rsa"]);
    expect(named("PS256", "rsa")).toEqual(["rsa"]);
    expect(named("PS256", "pss")).toEqual(["pss"]);
    expect(named("RS256", "pss")).toEqual([]);
    expect(named("ES256", "rsa")).toEqual([]);
    expect(named("ES384", "ec")).toEqual([]);
    expect(named("EdDSA", "ec")).toEqual([]);
    expect(named("HS256", "rsa")).toEqual([]);
    expect(named("none", "rsa")).toEqual([]);
    expect(named("toString", "rsa")).toEqual([]);
  });

  test("is the only one that fits, where it has no name", () => {
    expect(named("ES256")).toEqual(["ec"]);
    expect(named("EdDSA")).toEqual(["ed"]);
    // Two would do: which is meant, nobody says.
    expect(named("PS256")).toEqual([]);
  });
});

describe("a set of keys", () => {
  test.each([
    ["nothing", undefined],
    ["a list", []],
    ["an object without keys", { key: [EC] }],
    ["keys that are no list", { keys: EC }],
  ])("is not %s", (_, document) => {
    expect(() => readKeySet(document as never)).toThrow("is not a JSON Web Key Set");
  });

  test.each([
    ["a secret of both sides", { kty: "oct", k: "c2VjcmV0" }],
    ["one for encryption", { ...EC, use: "enc" }],
    ["one that may only sign", { ...EC, key_ops: ["sign"] }],
    ["one that is on no curve", { ...EC, y: EC.x }],
    ["one of a curve that nobody signs with here", { ...OKP, crv: "X25519" }],
    ["one that is too short", { ...RSA, n: RSA.n.slice(0, 171) }],
    ["one with which everything is signed", { ...RSA, e: "AQ" }],
    ["half of one", { kty: "RSA", n: RSA.n }],
    ["text", "key"],
  ])("without any but %s is refused", (_, key) => {
    const usable = () => keysFor(readKeySet({ keys: [key] as never }), readToken(SIGNED[1][2]));
    let found: readonly unknown[] = [];
    try {
      found = usable();
    } catch (thrown) {
      expect(String(thrown)).toContain("no key that a signature could be checked with");
    }
    expect(found).toEqual([]);
  });

  test("is read as far as it goes: what is strange in it does not take the rest along", () => {
    expect(readKeySet({ keys: [null, { kty: "new" }, { ...EC, kid: "ec", "x-of-theirs": {} }] }).length).toBe(1);
  });

  test("holds nothing of what is secret in it", () => {
    const [key] = readKeySet({ keys: [{ ...EC, d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" }] });
    expect(key!.key.type).toBe("public");
    expect(key!.text).not.toContain("jpsQ");
  });
});
