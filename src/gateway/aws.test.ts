import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDERS } from "../catalog/providers/index.ts";
import { checkConfig } from "../config/load.ts";
import { allCredentials } from "./credentials.ts";

/** The head of a request to the provider whose requests may be signed; `undefined` where it has no credential. */
function headWith(options: Record<string, string> | undefined, env: Record<string, string> = {}): string | undefined {
  const providers = options === undefined ? {} : { bedrock: options };
  const known = PROVIDERS.get("bedrock")!;
  // As the configuration changes it: `snapshot.ts` does that first.
  const changed = options?.base_url === undefined ? known : { ...known, baseUrl: options.base_url };
  const all = new Map(PROVIDERS).set("bedrock", changed);
  const credential = allCredentials(all, checkConfig({ providers }, "test"), env).get("bedrock")?.[0];
  if (credential === undefined) return undefined;
  const sent = { path: "/model/m/converse", stream: false, body: "{}" };
  const prepared = credential.prepare?.(sent);
  if (prepared instanceof Promise) throw new Error("signing does not wait");
  return credential.head(sent, prepared);
}

const KEY = { access_key_id: "AKIDTOLD", secret_access_key: "told" };
const VARIABLES = { AWS_ACCESS_KEY_ID: "AKIDFOUND", AWS_SECRET_ACCESS_KEY: "found" };
const signedBy = (key: string, region: string) =>
  new RegExp(
    `^host: bedrock-runtime\\.${region}\\.amazonaws\\.com\r\n[^]*Credential=${key}/\\d{8}/${region}/bedrock/`,
    "m",
  );
const folder = mkdtempSync(join(tmpdir(), "headgate-aws-"));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("requests are signed with the access key", () => {
  test("of the configuration, for its region", () => {
    expect(headWith({ ...KEY, region: "eu-west-1" })).toMatch(signedBy("AKIDTOLD", "eu-west-1"));
    expect(headWith(KEY)).toMatch(signedBy("AKIDTOLD", "us-east-1"));
    expect(headWith(KEY, { AWS_DEFAULT_REGION: "ap-south-1" })).toMatch(signedBy("AKIDTOLD", "ap-south-1"));
  });

  test("before what lies in the environment", () => {
    const env = { ...VARIABLES, AWS_BEARER_TOKEN_BEDROCK: "bearer", AWS_REGION: "eu-north-1" };
    expect(headWith(KEY, env)).toMatch(signedBy("AKIDTOLD", "eu-north-1"));
    expect(headWith(KEY, env)).not.toContain("bearer");
  });

  test("of the environment, where a region is told too or the provider is configured", () => {
    expect(headWith(undefined, { ...VARIABLES, AWS_REGION: "eu-west-1" })).toMatch(signedBy("AKIDFOUND", "eu-west-1"));
    expect(headWith({}, VARIABLES)).toMatch(signedBy("AKIDFOUND", "us-east-1"));
    // Alone it may be there for another program.
    expect(headWith(undefined, VARIABLES)).toBeUndefined();
    expect(headWith({}, { AWS_ACCESS_KEY_ID: "AKIDFOUND" })).toBeUndefined();
  });

  test("whose secret and session token lie in files", () => {
    const secret = file("secret", "told\n");
    const token = file("token", "session\n");
    const told = headWith({ access_key_id: "AKIDTOLD", secret_access_key_file: secret, session_token_file: token });
    expect(told).toContain("x-amz-security-token: session\r\n");
    const env = { AWS_ACCESS_KEY_ID: "AKIDFOUND", AWS_SECRET_ACCESS_KEY_FILE: secret, AWS_SESSION_TOKEN_FILE: token };
    expect(headWith({}, env)).toContain("x-amz-security-token: session\r\n");
  });
});

describe("an API key is a bearer token", () => {
  test("of the configuration, whatever else is there", () => {
    const head = headWith({ api_key: "ABSK", region: "eu-west-1" }, { ...VARIABLES });
    expect(head).toContain("authorization: Bearer ABSK\r\n");
    expect(head).toContain("host: bedrock-runtime.eu-west-1.amazonaws.com\r\n");
  });

  test("of the environment, before an access key that lies there too", () => {
    const env = { ...VARIABLES, AWS_REGION: "eu-west-1", AWS_BEARER_TOKEN_BEDROCK: "ABSK" };
    expect(headWith(undefined, env)).toContain("authorization: Bearer ABSK\r\n");
  });
});

test("an address of the operator's own is asked, and signed for", () => {
  const head = headWith({ ...KEY, region: "eu-west-1", base_url: "https://vpce-1.example.com" });
  expect(head).toContain("host: vpce-1.example.com\r\n");
  expect(head).toContain("/eu-west-1/bedrock/aws4_request");
});

test("where requests run is where they are sent, unless that is to an address of the operator's own", () => {
  const at = (options: Record<string, string>, env: Record<string, string> = {}) =>
    allCredentials(PROVIDERS, checkConfig({ providers: { bedrock: options } }, "test"), env).get("bedrock")![0]!
      .located;
  expect(at({ ...KEY, region: "eu-west-1" })).toBe("eu-west-1");
  expect(at({ api_key: "ABSK" }, { AWS_REGION: "eu-north-1" })).toBe("eu-north-1");
  expect(at(KEY)).toBe("us-east-1");
  expect(at({ ...KEY, region: "eu-west-1", base_url: "https://vpce-1.example.com" })).toBeUndefined();
});

describe("what is half told is refused by name", () => {
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ["providers.bedrock: needs a secret_access_key", { access_key_id: "AKID" }, {}],
    ["providers.bedrock: needs an access_key_id", { secret_access_key: "told" }, {}],
    ["providers.bedrock.secret_access_key_file: ", { access_key_id: "A", secret_access_key_file: "/no/such" }, {}],
    ["AWS_REGION: ", KEY, { AWS_REGION: "evil.example/" }],
    ["providers.bedrock: the access key id holds", { ...KEY, access_key_id: "A B" }, {}],
  ])("%s", (complaint, options, env) => {
    expect(() => headWith(options, env)).toThrow(complaint);
  });

  test("but a region is nobody's business where there is no key", () => {
    expect(headWith(undefined, { AWS_REGION: "evil.example/" })).toBeUndefined();
  });

  test("and so is what means nothing to a provider", () => {
    const config = (options: object) => () =>
      allCredentials(PROVIDERS, checkConfig({ providers: { groq: { api_key: "k", ...options } } }, "test"), {});
    expect(config({ region: "eu-west-1" })).toThrow("providers.groq.region: it has no such thing");
    expect(config({ session_token: "s" })).toThrow("providers.groq.session_token: it has no such thing");
    expect(() => checkConfig({ providers: { bedrock: { region: "a.b" } } }, "test")).toThrow(
      "providers.bedrock.region",
    );
  });
});
