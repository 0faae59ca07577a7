import { describe, expect, test } from "bun:test";
import { Credential } from "../credentials.ts";
import { Client, PATIENT } from "../fixtures/exchange.ts";
import { open } from "../open.ts";
import { type AwsKey, awsPrepare, encodedPath, type SignedRequest, signed } from "./sigv4.ts";

/**
 * AWS's own `aws-sig-v4-test-suite`, as botocore (tests/unit/auth/aws4_testsuite) and awslabs/aws-c-auth carry it: key, region,
 * service and time are the same for all, and the signatures are those of its `.authz` files.
 */
const KEY: AwsKey = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
  service: "service",
};
const AT = Date.UTC(2015, 7, 30, 12, 36, 0);
const HOST = { host: "example.amazonaws.com" };
const TOKEN = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";

interface Vector {
  request: Partial<SignedRequest>;
  names?: string;
  signature: string;
  sessionToken?: string;
}

const VECTORS: Record<string, Vector> = {
  "get-vanilla": { request: {}, signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  "post-vanilla": {
    request: { method: "POST" },
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  "get-header-value-trim": {
    request: { headers: { ...HOST, "my-header1": "  value1  ", "my-header2": '  "a   b   c"  ' } },
    names: "host;my-header1;my-header2;x-amz-date",
    signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  },
  "get-header-value-multiline": {
    request: { headers: { ...HOST, "my-header1": "value1\n  value2\n     value3" } },
    names: "host;my-header1;x-amz-date",
    signature: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
  },
  "post-header-value-case": {
    request: { method: "POST", headers: { ...HOST, "my-header1": "VALUE1" } },
    names: "host;my-header1;x-amz-date",
    signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
  },
  "post-header-key-sort": {
    request: { method: "POST", headers: { "my-header1": "value1", ...HOST } },
    names: "host;my-header1;x-amz-date",
    signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
  },
  "get-unreserved": {
    request: { path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" },
    signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  },
  "get-utf8": {
    request: { path: "/ሴ" },
    signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
  },
  "get-space": {
    request: { path: "/example space/" },
    signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
  },
  "get-vanilla-query-order-key-case": {
    request: { query: "Param1=value1&Param2=value2" },
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  "get-vanilla-with-session-token": {
    request: {},
    sessionToken: TOKEN,
    names: "host;x-amz-date;x-amz-security-token",
    signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
  },
  "post-x-www-form-urlencoded": {
    request: {
      method: "POST",
      headers: { ...HOST, "content-type": "application/x-www-form-urlencoded" },
      body: "Param1=value1",
    },
    names: "content-type;host;x-amz-date",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
};

describe("AWS's published vectors", () => {
  test.each(Object.entries(VECTORS))("%s", (_, { request, names = "host;x-amz-date", signature, sessionToken }) => {
    const whole = { method: "GET", path: "/", headers: HOST, body: "", ...request };
    expect(signed({ ...KEY, sessionToken }, whole, AT)).toEqual({
      "x-amz-date": "20150830T123600Z",
      ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    });
  });
});

test("a path that is sent encoded is signed encoded twice", () => {
  expect(encodedPath("/model/us.amazon.nova-lite-v1%3A0/converse")).toBe(
    "/model/us.amazon.nova-lite-v1%253A0/converse",
  );
  expect(encodedPath("/it's(all)*/!")).toBe("/it%27s%28all%29%2A/%21");
});

describe("a credential that signs", () => {
  test("sends what it signed: address, body and time are part of it", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const { pathname } = new URL(request.url);
        const fields = Object.fromEntries(request.headers);
        return Response.json({ pathname, fields, body: await request.text() });
      },
    });
    const baseUrl = `http://127.0.0.1:${server.port}/behind/a/proxy`;
    const prepare = awsPrepare(baseUrl, { ...KEY, sessionToken: TOKEN }, () => AT);
    const credential = new Credential({ provider: "test", kind: "system", baseUrl, fields: {}, prepare });
    const path = "/model/us.amazon.nova-lite-v1%3A0/converse";
    const sent = { path, stream: false, body: '{"grüße":1}' };
    const answer = await open(credential, sent, PATIENT, new Client());
    const { pathname, fields, body } = JSON.parse(Buffer.from(answer.whole!, "latin1").toString());
    server.stop(true);
    expect(pathname).toBe(`/behind/a/proxy${path}`);
    const expected = signed(
      { ...KEY, sessionToken: TOKEN },
      { method: "POST", path: pathname, headers: { host: fields.host }, body },
      AT,
    );
    expect(body).toBe('{"grüße":1}');
    expect(fields).toMatchObject(expected);
    expect(JSON.stringify(credential)).not.toContain(KEY.secretAccessKey);
  });

  test("takes no key that would end its line, and no region that would lead elsewhere", () => {
    const prepare = (parts: Partial<AwsKey>) => () => awsPrepare("https://example.com", { ...KEY, ...parts });
    expect(prepare({ accessKeyId: "AKID\r\nx: y" })).toThrow("access key id");
    expect(prepare({ sessionToken: "a b" })).toThrow("session token");
    expect(prepare({ region: "evil.example/" })).toThrow("is no region");
    expect(prepare({})).not.toThrow();
  });
});
