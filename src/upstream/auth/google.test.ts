import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { GatewayError } from "../../core/error.ts";
import type { HeadFields } from "../credentials.ts";
import { failure } from "../fixtures/exchange.ts";
import { AccessToken, readServiceAccount } from "./google.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const HOUR = 3_600_000;

/** What the token service was asked, and how it answers. */
let asked: URLSearchParams[] = [];
let answer: () => Response | Promise<Response>;
const service = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    asked.push(new URLSearchParams(await request.text()));
    return await answer();
  },
});
afterAll(() => service.stop(true));

const given = (token: string) => () => Response.json({ access_token: token, expires_in: 3600, token_type: "Bearer" });
const file = (members: object = {}) =>
  JSON.stringify({
    type: "service_account",
    project_id: "my-project",
    private_key_id: "k1",
    private_key: PEM,
    client_email: "gateway@my-project.iam.gserviceaccount.com",
    token_uri: `http://127.0.0.1:${service.port}/token`,
    ...members,
  });

let time = Date.UTC(2026, 10, 25);
const account = () => new AccessToken(readServiceAccount(file()), () => time);
const sent = (token: AccessToken) => token.prepare({ path: "/p", stream: false, body: "" });
/** What must be there without waiting. */
const atOnce = (fields: HeadFields | Promise<HeadFields>) => {
  expect(fields).not.toBeInstanceOf(Promise);
  return (fields as HeadFields).authorization;
};

beforeEach(() => {
  asked = [];
  answer = given("t1");
});

describe("a service account's token", () => {
  test("is asked for with a signed statement of who asks", async () => {
    expect(await sent(account())).toEqual({ authorization: "Bearer t1" });
    expect(asked[0]!.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [header, claims, signature] = asked[0]!.get("assertion")!.split(".") as [string, string, string];
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(read(header)).toEqual({ alg: "RS256", typ: "JWT", kid: "k1" });
    expect(read(claims)).toEqual({
      iss: "gateway@my-project.iam.gserviceaccount.com",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: `http://127.0.0.1:${service.port}/token`,
      iat: time / 1000,
      exp: time / 1000 + 3600,
    });
    const verified = createVerify("RSA-SHA256")
      .update(`${header}.${claims}`)
      .verify(publicKey, Buffer.from(signature, "base64url"));
    expect(verified).toBe(true);
  });

  test("serves everyone until it is renewed, and only one asks for it", async () => {
    const token = account();
    const [first, second] = await Promise.all([sent(token), sent(token)]);
    expect(first).toEqual(second);
    expect(atOnce(sent(token))).toBe("Bearer t1");
    expect(asked.length).toBe(1);
  });

  test("is renewed before it expires, while it still serves", async () => {
    const token = account();
    await sent(token);
    time += HOUR - 4 * 60_000;
    const renewed = Promise.withResolvers<void>();
    answer = () => {
      renewed.resolve();
      return given("t2")();
    };
    expect(atOnce(sent(token))).toBe("Bearer t1");
    expect(atOnce(sent(token))).toBe("Bearer t1");
    await renewed.promise;
    // The answer is on its way: whoever needs a new token gets that one.
    time += 4 * 60_000;
    expect(await sent(token)).toEqual({ authorization: "Bearer t2" });
    expect(asked.length).toBe(2);
  });

  test("that expired is not sent", async () => {
    const token = account();
    await sent(token);
    time += HOUR;
    answer = given("t2");
    expect(await sent(token)).toEqual({ authorization: "Bearer t2" });
  });

  test("a renewal that fails leaves the old one in service, and is not tried again at once", async () => {
    const token = account();
    await sent(token);
    time += HOUR - 2 * 60_000;
    answer = () => new Response("", { status: 500 });
    expect(atOnce(sent(token))).toBe("Bearer t1");
    // Who cannot do with the old one waits for the same answer.
    time += 2 * 60_000;
    expect((await failure(Promise.resolve(sent(token)))).code).toBe("upstream_overloaded");
    time -= 2 * 60_000;
    expect(atOnce(sent(token))).toBe("Bearer t1");
    expect(asked.length).toBe(2);
  });
});

describe("no token", () => {
  const failed = (status: number, body: object = {}) => {
    answer = () => Response.json(body, { status });
    return failure(Promise.resolve(sent(account())));
  };

  test("for an account that Google does not know: ours is the fault, and nothing of it is told", async () => {
    const error = await failed(400, { error: "invalid_grant", error_description: "Invalid JWT Signature." });
    expect(error).toMatchObject({
      code: "upstream_auth",
      details: { upstream: { status: 400, code: "invalid_grant" } },
    });
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain("gserviceaccount");
  });

  test("while the service fails, or says something else", async () => {
    expect((await failed(503)).code).toBe("upstream_overloaded");
    expect((await failed(200, { access_token: 7 })).code).toBe("upstream_auth");
  });

  test("where nobody is", async () => {
    const nobody = new AccessToken(readServiceAccount(file({ token_uri: "http://127.0.0.1:1/token" })));
    expect((await failure(Promise.resolve(sent(nobody)))).code).toBe("upstream_unreachable");
  });

  test("this time; the next request asks again", async () => {
    const token = account();
    answer = () => new Response("", { status: 500 });
    expect(await failure(Promise.resolve(sent(token)))).toBeInstanceOf(GatewayError);
    answer = given("t3");
    expect(await sent(token)).toEqual({ authorization: "Bearer t3" });
  });
});

describe("a file that holds no key of a service account", () => {
  test.each([
    ["{", "is not JSON"],
    ["[]", "is not JSON"],
    [JSON.stringify({ type: "authorized_user" }), 'is of type "authorized_user"'],
    [file({ private_key: undefined }), "has no client_email or no private_key"],
    [file({ private_key: "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----" }), "cannot be read"],
    [file({ token_uri: "nowhere" }), "token_uri"],
  ])("%#", (text, message) => {
    expect(() => readServiceAccount(text)).toThrow(message);
    expect(() => readServiceAccount(text)).not.toThrow("secret");
  });

  test("Google's own address stands where the file names none", () => {
    expect(readServiceAccount(file({ token_uri: undefined })).tokenUrl).toBe("https://oauth2.googleapis.com/token");
  });
});
