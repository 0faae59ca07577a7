import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { PROVIDERS } from "../catalog/providers/index.ts";
import { SLUGS } from "../catalog/slugs.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { type Brought, type OwnPlaces, readByok } from "./byok.ts";

const slugs = new Map([...SLUGS, ...[...PROVIDERS.keys()].map((name) => [name, name] as const)]);
const PLACES: OwnPlaces = { providers: PROVIDERS, slugs, simulator: undefined };
const SECRET = "canary_7Qf2own";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const GOOGLE = { privateKey: PEM, clientEmail: "me@p.iam.gserviceaccount.com" };

function read(byok: unknown, more: JsonObject = {}, places = PLACES): Brought {
  return readByok({ byok, ...more } as JsonObject, places)!;
}

/** What the provider would be sent first. */
function headFor(byok: object, provider: string, nth = 0): string {
  return read(byok).credentials.get(provider)![nth]!.credential.head({ path: "/p", stream: false, body: "" });
}

function refusalOf(byok: unknown, more: JsonObject = {}): GatewayError {
  try {
    read(byok, more);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("accepted");
}

describe("a credential of the client's own", () => {
  test("leads to the address that the catalogue has, in the provider's own header field", () => {
    const openai = headFor({ openai: [{ apiKey: SECRET }] }, "openai");
    expect(openai).toStartWith("POST /v1/p HTTP/1.1\r\nhost: api.openai.com\r\n");
    expect(openai).toContain(`authorization: Bearer ${SECRET}\r\n`);
    const anthropic = headFor({ anthropic: [{ apiKey: SECRET }] }, "anthropic");
    expect(anthropic).toContain(`x-api-key: ${SECRET}\r\n`);
    expect(anthropic).toContain("anthropic-version: 2023-06-01\r\n");
  });

  test("for Azure leads to the resource that it names", () => {
    const head = headFor({ azure: [{ apiKey: SECRET, resourceName: "my-resource-1" }] }, "azure");
    expect(head).toContain("host: my-resource-1.openai.azure.com\r\n");
    expect(head).toContain(`api-key: ${SECRET}\r\n`);
  });

  test("for Vertex AI leads to its project and location, by either of the provider's names", () => {
    for (const slug of ["vertex", "googleVertex"]) {
      const head = headFor(
        { [slug]: [{ project: "p-1", location: "europe-west1", googleCredentials: GOOGLE }] },
        "vertex",
      );
      expect(head).toStartWith("POST /v1/projects/p-1/locations/europe-west1/p HTTP/1.1\r\n");
      expect(head).toContain("host: europe-west1-aiplatform.googleapis.com\r\n");
    }
    const written = { ...GOOGLE, privateKey: PEM.replaceAll("\n", "\\n") };
    expect(() => read({ vertex: [{ project: "p", location: "us", googleCredentials: written }] })).not.toThrow();
    expect(headFor({ vertex: [{ apiKey: SECRET }] }, "vertex")).toContain(`x-goog-api-key: ${SECRET}\r\n`);
  });

  test("is where it leads, and has a name where there are several", () => {
    const known = (byok: object, provider: string) =>
      read(byok)
        .credentials.get(provider)!
        .map(({ credential: { name, located } }) => [name, located]);
    const vertex = { project: "p", location: "europe-west4", googleCredentials: GOOGLE };
    expect(known({ vertex: [vertex] }, "vertex")).toEqual([[undefined, "europe-west4"]]);
    expect(known({ vertex: [vertex], googleVertex: [{ apiKey: SECRET }] }, "vertex")).toEqual([
      ["1", "europe-west4"],
      ["2", "global"],
    ]);
    expect(known({ bedrock: [{ apiKey: SECRET }, { apiKey: SECRET, region: "eu-west-1" }] }, "bedrock")).toEqual([
      ["1", "us-east-1"],
      ["2", "eu-west-1"],
    ]);
    expect(known({ openai: [{ apiKey: SECRET }] }, "openai")).toEqual([[undefined, undefined]]);
  });

  test("for Bedrock signs for its region, and never shows its secret", () => {
    const told = { accessKeyId: "AKIAOWNKEY", secretAccessKey: SECRET, region: "eu-central-1" };
    const { credential } = read({ bedrock: [told] }).credentials.get("bedrock")![0]!;
    const request = { path: "/model/m/converse", stream: false, body: "{}" };
    const fields = credential.prepare!(request) as Record<string, string>;
    expect(fields.authorization).toContain("Credential=AKIAOWNKEY/");
    expect(fields.authorization).toContain("/eu-central-1/bedrock/aws4_request");
    const head = credential.head(request, fields);
    expect(head).toContain("host: bedrock-runtime.eu-central-1.amazonaws.com\r\n");
    expect(head).not.toContain(SECRET);
    expect(headFor({ bedrock: [{ accessKeyId: "AKIA1", secretAccessKey: "s" }] }, "bedrock")).toContain(
      "host: bedrock-runtime.us-east-1.amazonaws.com\r\n",
    );
  });

  test("comes after those before it in its list, and may call models otherwise", () => {
    const modelMappings = [{ gatewayModelSlug: "openai/gpt-5", customModelId: "my-deployment" }];
    const byok = { openai: [{ apiKey: "first1" }, { apiKey: "second", modelMappings }] };
    expect([headFor(byok, "openai", 0).includes("first1"), headFor(byok, "openai", 1).includes("second")]).toEqual([
      true,
      true,
    ]);
    expect([...read(byok).credentials.get("openai")![1]!.names]).toEqual([["openai/gpt-5", "my-deployment"]]);
  });

  test("is nobody else's: it says whose it is, does not serialise, and keeps no connection", () => {
    const { credential } = read({ openai: [{ apiKey: SECRET }] }).credentials.get("openai")![0]!;
    expect(credential.kind).toBe("byok");
    expect([credential.zeroDataRetention, credential.noTraining]).toEqual([false, false]);
    expect(`${JSON.stringify(credential)}${Bun.inspect(credential, { depth: 9 })}`).not.toContain(SECRET);
  });

  test("goes to the simulator where that answers for everybody", () => {
    const places = { ...PLACES, simulator: "http://127.0.0.1:9" };
    const byok = {
      vertex: [{ project: "p", location: "us", googleCredentials: GOOGLE }],
      azure: [{ apiKey: SECRET, resourceName: "r" }],
    };
    for (const [own] of read(byok, {}, places).credentials.values()) {
      const { credential } = own!;
      expect(credential.head({ path: "/p", stream: false, body: "" })).toContain("host: 127.0.0.1:9\r\n");
      expect([credential.simulated, credential.prepare]).toEqual([true, undefined]);
    }
  });

  test("takes what the operator added to a provider only to where the operator's address is", () => {
    const openai = PROVIDERS.get("openai")!;
    const headers = { "x-ours": "ours-only" };
    const at = (baseUrl: string) => ({ ...PLACES, providers: new Map([["openai", { ...openai, headers, baseUrl }]]) });
    const head = (baseUrl: string) =>
      read({ openai: [{ apiKey: SECRET }] }, {}, at(baseUrl))
        .credentials.get("openai")![0]!
        .credential.head({ path: "/p", stream: false, body: "" });
    expect(head(openai.baseUrl!)).not.toContain("ours-only");
    expect(head("https://proxy.internal/v1")).toContain("x-ours: ours-only\r\n");
  });
});

test("a request that says nothing of it, or nothing in it, brings nothing", () => {
  expect(readByok({}, PLACES)).toBeUndefined();
  expect(readByok({ byok: null, byok_only: null }, PLACES)).toBeUndefined();
  expect(read({})).toMatchObject({ only: false });
  expect(read({ openai: [{ apiKey: SECRET }] }, { byok_only: true }).only).toBe(true);
});

describe("refused, by the path of what is wrong and without a word of what stands there", () => {
  const AT = "providerOptions.gateway.byok";
  const key = { apiKey: SECRET };
  const vertex = { project: "p", location: "us-central1", googleCredentials: GOOGLE };
  const mapped = (mapping: unknown) => ({ openai: [{ ...key, modelMappings: [mapping] }] });
  test.each<[unknown, string]>([
    [[key], AT],
    [SECRET, AT],
    [{ openai: key }, `${AT}.openai`],
    [{ openai: [] }, `${AT}.openai`],
    [{ openai: Array.from({ length: 9 }, () => key) }, `${AT}.openai`],
    [{ openai: [SECRET] }, `${AT}.openai[0]`],
    [{ openai: [key, {}] }, `${AT}.openai[1].apiKey`],
    [{ openai: [{ apiKey: "" }] }, `${AT}.openai[0].apiKey`],
    [{ openai: [{ apiKey: 7 }] }, `${AT}.openai[0].apiKey`],
    [{ openai: [{ apiKey: `${SECRET}\r\nx: y` }] }, `${AT}.openai[0].apiKey`],
    [{ openai: [{ ...key, baseURL: "http://169.254.169.254" }] }, `${AT}.openai[0].baseURL`],
    [{ openai: [{ ...key, base_url: "https://evil.example" }] }, `${AT}.openai[0].base_url`],
    [{ openai: [{ ...key, [`${SECRET}1`]: 1 }] }, `${AT}.openai[0].…`],
    [{ opnai: [key] }, `${AT}.opnai`],
    [{ [`sk-1${SECRET}`]: [key] }, `${AT}.…`],
    [{ bfl: [key] }, `${AT}.bfl`],
    [{ ollama: [key] }, `${AT}.ollama`],
    [{ azure: [key] }, `${AT}.azure[0].resourceName`],
    [{ azure: [{ ...key, resourceName: "evil.example/" }] }, `${AT}.azure[0].resourceName`],
    [{ azure: [{ ...key, resourceName: "a".repeat(64) }] }, `${AT}.azure[0].resourceName`],
    [{ azure: [{ resourceName: "r" }] }, `${AT}.azure[0].apiKey`],
    [{ vertex: [{ ...vertex, project: undefined }] }, `${AT}.vertex[0].project`],
    [{ vertex: [{ ...vertex, location: "us.evil.example#" }] }, `${AT}.vertex[0].location`],
    [{ vertex: [{ ...vertex, googleCredentials: undefined }] }, `${AT}.vertex[0].googleCredentials`],
    [
      { vertex: [{ ...vertex, googleCredentials: { ...GOOGLE, tokenUri: "https://evil.example" } }] },
      `${AT}.vertex[0].googleCredentials.tokenUri`,
    ],
    [
      { vertex: [{ ...vertex, googleCredentials: { ...GOOGLE, privateKey: SECRET } }] },
      `${AT}.vertex[0].googleCredentials.privateKey`,
    ],
    [
      { vertex: [{ ...vertex, googleCredentials: { ...GOOGLE, clientEmail: undefined } }] },
      `${AT}.vertex[0].googleCredentials.clientEmail`,
    ],
    [{ bedrock: [{ accessKeyId: "AKIA1" }] }, `${AT}.bedrock[0].secretAccessKey`],
    [{ bedrock: [{ secretAccessKey: SECRET }] }, `${AT}.bedrock[0].accessKeyId`],
    [{ bedrock: [{ accessKeyId: "A", secretAccessKey: SECRET, region: "eu.evil" }] }, `${AT}.bedrock[0].region`],
    [mapped({ gatewayModelSlug: "openai/gpt-5" }), `${AT}.openai[0].modelMappings[0].customModelId`],
    [
      mapped({ gatewayModelSlug: "openai/gpt-5", customModelId: "../../admin" }),
      `${AT}.openai[0].modelMappings[0].customModelId`,
    ],
    [
      mapped({ gatewayModelSlug: "openai/gpt-5", customModelId: "a?b=c" }),
      `${AT}.openai[0].modelMappings[0].customModelId`,
    ],
    [{ openai: [{ ...key, modelMappings: {} }] }, `${AT}.openai[0].modelMappings`],
  ])("%#", (byok, param) => {
    const error = refusalOf(byok);
    expect([error.code, error.details.param]).toEqual(["invalid_request", param]);
    expect(error.message).not.toContain(SECRET);
    expect(error.message).not.toContain("evil");
  });

  test("the near word is told", () => {
    expect(refusalOf({ opnai: [key] }).message).toContain('did you mean "openai"?');
    expect(refusalOf({ openai: [{ apikey: SECRET }] }).message).toContain("apiKey");
    expect(refusalOf({ azure: [{ ...key, resourceName: "r", resourcename: "r" }] }).message).toContain(
      'did you mean "resourceName"?',
    );
  });

  test("a switch that is none", () => {
    expect(refusalOf({}, { byok_only: "yes" }).details.param).toBe("providerOptions.gateway.byok_only");
  });
});

test("whatever is brought is taken or refused, and no refusal repeats a value", () => {
  const value = fc.oneof(
    fc.constantFrom(SECRET, `${SECRET} `, "", null, true, 7, "a-1", [], {}, [SECRET], { [SECRET]: SECRET }, GOOGLE),
    fc.json().map((text) => JSON.parse(text)),
  );
  const names = ["apiKey", "resourceName", "project", "location", "googleCredentials", "accessKeyId", "region"];
  const members = [...names, "secretAccessKey", "sessionToken", "modelMappings", "baseURL", "__proto__", "constructor"];
  const credential = fc.oneof(value, fc.dictionary(fc.constantFrom(...members), value));
  const slug = fc.constantFrom(
    "openai",
    "azure",
    "vertex",
    "bedrock",
    "ollama",
    "bfl",
    "nobody",
    "constructor",
    SECRET,
  );
  const byok = fc.oneof(value, fc.dictionary(slug, fc.oneof(value, fc.array(credential, { maxLength: 3 }))));
  fc.assert(
    fc.property(byok, value, (told, only) => {
      try {
        readByok({ byok: told, byok_only: only } as JsonObject, PLACES);
      } catch (thrown) {
        const { code, message, details } = thrown as GatewayError;
        expect(code).toBe("invalid_request");
        expect(details.param).toStartWith("providerOptions.gateway.byok");
        expect(message).not.toContain(SECRET);
      }
    }),
    { numRuns: 3000 },
  );
});

test("docs/byok.md shows what is taken", () => {
  const page = readFileSync(new URL("../../docs/byok.md", import.meta.url), "utf8");
  const [, json] = /```json\n([\s\S]*?)```/.exec(page)!;
  const { byok } = JSON.parse(json!.replaceAll("…", "secret")).providerOptions.gateway;
  expect([...read(byok).credentials].map(([name, all]) => [name, all.length])).toEqual([
    ["openai", 2],
    ["azure", 1],
  ]);
});
