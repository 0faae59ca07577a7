import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDERS } from "../catalog/providers/index.ts";
import { ConfigError } from "../config/explain.ts";
import { checkConfig, type Environment } from "../config/load.ts";
import type { UpstreamRequest } from "../upstream/credentials.ts";
import { allCredentials, simulatedCredentials } from "./credentials.ts";

/** Who is shown to Google, where and how, by what the operator says. */

let folder: string;
let keyFile: string;
let userFile: string;
const token = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: () => Response.json({ access_token: "ya29.minted", expires_in: 3600 }),
});
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-google-"));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const written = (name: string, value: object) => {
    writeFileSync(join(folder, name), JSON.stringify(value));
    return join(folder, name);
  };
  keyFile = written("key.json", {
    type: "service_account",
    project_id: "own-project",
    client_email: "gateway@own-project.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    token_uri: `http://127.0.0.1:${token.port}/token`,
  });
  userFile = written("user.json", { type: "authorized_user", refresh_token: "canary" });
});
afterAll(() => {
  token.stop(true);
  rmSync(folder, { recursive: true });
});

function credentialsOf(told: Record<string, object>, env: Environment = {}) {
  return allCredentials(PROVIDERS, checkConfig({ providers: told }, "test"), env);
}

function problemOf(told: Record<string, object>, env: Environment = {}): string {
  try {
    credentialsOf(told, env);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems.join("\n");
    throw thrown;
  }
  return "accepted";
}

const SENT: UpstreamRequest = { path: "/publishers/google/models/m:generateContent", stream: false, body: "" };

/** What the provider reads first. */
async function headOf(name: string, told: Record<string, object>, env: Environment = {}, sent = SENT): Promise<string> {
  const credential = credentialsOf(told, env).get(name)![0]!;
  return credential.head(sent, await credential.prepare?.(sent));
}

describe("Vertex AI with an API key", () => {
  test("of the environment is in express mode, and is asked nowhere in particular", async () => {
    const head = await headOf("vertex", {}, { GOOGLE_VERTEX_API_KEY: "AQ.key" });
    expect(head).toStartWith("POST /v1/publishers/google/models/m:generateContent HTTP/1.1\r\n");
    expect(head).toContain("host: aiplatform.googleapis.com\r\n");
    expect(head).toContain("x-goog-api-key: AQ.key\r\n");
    expect(head).not.toContain("authorization");
  });

  test.each([
    ["europe-west1", "europe-west1-aiplatform.googleapis.com"],
    ["global", "aiplatform.googleapis.com"],
    ["eu", "aiplatform.eu.rep.googleapis.com"],
  ])("and a project in %s", async (location, host) => {
    const head = await headOf("vertex", { vertex: { api_key: "k", project: "p-1", location } });
    expect(head).toStartWith(
      `POST /v1/projects/p-1/locations/${location}/publishers/google/models/m:generateContent HTTP/1.1\r\nhost: ${host}\r\n`,
    );
  });
});

test("where Vertex AI runs is where it is asked, unless that is at an address of the operator's own", () => {
  const at = (told: object, env: Environment = {}) => credentialsOf({ vertex: told }, env).get("vertex")![0]!.located;
  expect(at({ api_key: "k" })).toBe("global");
  expect(at({ api_key: "k", location: "europe-west4" })).toBe("global");
  expect(at({ api_key: "k", project: "p-1", location: "europe-west4" })).toBe("europe-west4");
  expect(at({ credentials_file: keyFile, location: "eu" })).toBe("eu");
  expect(at({ credentials_file: keyFile }, { GOOGLE_CLOUD_LOCATION: "us-east5" })).toBe("us-east5");
  expect(at({ credentials_file: keyFile })).toBe("global");
  expect(at({ api_key: "k", base_url: "http://127.0.0.1:9/v1" })).toBeUndefined();
});

describe("Vertex AI as a service account", () => {
  test("shows a minted token, in the account's own project", async () => {
    const head = await headOf("vertex", { vertex: { credentials_file: keyFile } });
    expect(head).toStartWith("POST /v1/projects/own-project/locations/global/publishers/google/");
    expect(head).toContain("authorization: Bearer ya29.minted\r\n");
    expect(head).not.toContain("x-goog-api-key");
  });

  test("of the environment, where something else there speaks of Vertex AI", async () => {
    const env = { GOOGLE_APPLICATION_CREDENTIALS: keyFile, GOOGLE_VERTEX_LOCATION: "us-east5" };
    expect(await headOf("vertex", {}, { ...env, GOOGLE_CLOUD_PROJECT: "p-2" })).toContain(
      "/projects/p-2/locations/us-east5/",
    );
    expect(credentialsOf({}, { GOOGLE_APPLICATION_CREDENTIALS: keyFile }).has("vertex")).toBe(false);
    expect(credentialsOf({}, { GOOGLE_CLOUD_PROJECT: "p-2" }).has("vertex")).toBe(false);
  });

  test("of the configuration, before a key that lies in the environment", async () => {
    const head = await headOf("vertex", { vertex: { credentials_file: keyFile } }, { GOOGLE_VERTEX_API_KEY: "AQ.key" });
    expect(head).toContain("authorization: Bearer ya29.minted\r\n");
    expect(head).not.toContain("AQ.key");
  });

  test("at an address of the operator's", async () => {
    const head = await headOf("vertex", { vertex: { credentials_file: keyFile, base_url: "http://127.0.0.1:9/v1/x" } });
    expect(head).toStartWith("POST /v1/x/publishers/google/models/m:generateContent HTTP/1.1\r\nhost: 127.0.0.1:9\r\n");
  });
});

describe("what cannot be", () => {
  test.each([
    ["nothing to show", () => problemOf({ vertex: { project: "p" } }), "needs an api_key, or a credentials_file"],
    [
      "two things to show",
      () => problemOf({ vertex: { api_key: "k", credentials_file: keyFile } }),
      "only one of them can be shown",
    ],
    ["no such file", () => problemOf({ vertex: { credentials_file: "/nowhere" } }), "/nowhere cannot be read"],
    ["a user's file", () => problemOf({ vertex: { credentials_file: userFile } }), '"authorized_user"'],
    [
      "a user's file, of the environment",
      () => problemOf({}, { GOOGLE_APPLICATION_CREDENTIALS: userFile, GOOGLE_VERTEX_PROJECT: "p" }),
      "GOOGLE_APPLICATION_CREDENTIALS",
    ],
    [
      "a location that is a host",
      () => problemOf({ vertex: { api_key: "k", project: "p", location: "evil.example/" } }),
      "small letters, digits and hyphens",
    ],
    [
      "the same, of the environment",
      () => problemOf({}, { GOOGLE_VERTEX_API_KEY: "k", GOOGLE_VERTEX_LOCATION: "evil.example#" }),
      "GOOGLE_VERTEX_LOCATION",
    ],
    [
      "a project at somebody else's",
      () => problemOf({ openai: { api_key: "k", project: "p" } }),
      "providers.openai.project",
    ],
  ])("%s", (_, problem, words) => {
    expect(problem()).toContain(words);
    expect(problem()).not.toContain("canary");
  });
});

describe("Gemini's own API", () => {
  const env = { GEMINI_API_KEY: "AIza-key" };

  test("takes its key in a field of its own, its OpenAI-compatible part as a bearer token, neither both", async () => {
    const native = await headOf("google", {}, env, { ...SENT, path: "/models/m:generateContent" });
    expect(native).toContain("x-goog-api-key: AIza-key\r\n");
    expect(native).not.toContain("authorization");
    const compatible = await headOf("google", {}, env, { ...SENT, path: "/openai/embeddings" });
    expect(compatible).toContain("authorization: Bearer AIza-key\r\n");
    expect(compatible).not.toContain("x-goog-api-key");
  });

  test("is stood in for by the simulator in the same way", async () => {
    for (const name of ["google", "vertex"]) {
      const credential = simulatedCredentials(PROVIDERS, "http://127.0.0.1:1").get(name)![0]!;
      const head = credential.head(SENT, await credential.prepare?.(SENT));
      expect(head).toContain("x-goog-api-key: sk-simulated\r\n");
    }
  });
});
