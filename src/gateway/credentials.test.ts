import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyRing } from "../access/keys.ts";
import { PROVIDERS } from "../catalog/providers/index.ts";
import { TERMS } from "../catalog/terms.ts";
import { ConfigError } from "../config/explain.ts";
import { checkConfig, type Environment } from "../config/load.ts";
import type { Credential } from "../upstream/credentials.ts";
import { compileSnapshot } from "./snapshot.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-credentials-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "secret");
  writeFileSync(path, text);
  return path;
}

function choiceOf(providers: Record<string, object>, env: Environment = {}, more: object = {}) {
  const config = checkConfig({ providers, ...more }, "test");
  return compileSnapshot({ config, env, keys: new KeyRing("secret", new Map()), simulator: undefined }).choice;
}

function problemsOf(...told: Parameters<typeof choiceOf>): readonly string[] {
  try {
    choiceOf(...told);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
  throw new Error("accepted");
}

const headOf = (credential: Credential | undefined) => {
  const sent = { path: "/p", stream: false, body: "" };
  const prepared = credential!.prepare?.(sent);
  if (prepared instanceof Promise) throw new Error("waits");
  return credential!.head(sent, prepared);
};

describe("several credentials of a provider", () => {
  test("are told in a list, each with its own secret, name and weight, and what stands above them holds for each", () => {
    const all = choiceOf(
      {
        openai: {
          headers: { "x-team": "t" },
          zero_data_retention: true,
          credentials: [
            { name: "team", api_key: "sk-1", weight: 3, regions: ["eu"] },
            { api_key_file: file("sk-2\n"), zero_data_retention: false },
            { api_key: "sk-3", weight: 0, base_url: "https://proxy.example/v1" },
          ],
        },
      },
      { OPENAI_API_KEY: "sk-env" },
    ).credentials.get("openai")!;
    expect(all.map(({ name, weight }) => [name, weight])).toEqual([
      ["team", 3],
      ["2", 1],
      ["3", 0],
    ]);
    expect(all.map(({ zeroDataRetention, regions }) => [zeroDataRetention, regions])).toEqual([
      [true, ["eu"]],
      [false, undefined],
      [true, undefined],
    ]);
    for (const [i, secret] of ["sk-1", "sk-2", "sk-3"].entries()) {
      expect(headOf(all[i])).toContain(`authorization: Bearer ${secret}\r\n`);
      expect(headOf(all[i])).toContain("x-team: t\r\n");
    }
    expect(headOf(all[0])).toContain("host: api.openai.com\r\n");
    expect(headOf(all[2])).toContain("host: proxy.example\r\n");
  });

  test("sign, each with its own key and in its own region", () => {
    const key = { access_key_id: "AKIDONE", secret_access_key: "one" };
    const all = choiceOf(
      {
        bedrock: { region: "eu-west-3", credentials: [key, { ...key, access_key_id: "AKIDTWO", region: "us-west-2" }] },
      },
      { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "env", AWS_REGION: "ap-south-1" },
    ).credentials.get("bedrock")!;
    expect(headOf(all[0])).toMatch(/^host: bedrock-runtime\.eu-west-3\.[\s\S]*Credential=AKIDONE\/\d{8}\/eu-west-3\//m);
    expect(headOf(all[1])).toMatch(/^host: bedrock-runtime\.us-west-2\.[\s\S]*Credential=AKIDTWO\/\d{8}\/us-west-2\//m);
  });

  test("give an operator's own provider what it needs", () => {
    const own = {
      wire: "openai-chat",
      base_url: "http://127.0.0.1:9/v1",
      credentials: [{ api_key: "a" }, { api_key: "b" }],
    };
    expect(choiceOf({ mine: own }).credentials.get("mine")).toHaveLength(2);
  });

  test.each<[string, object, string]>([
    [
      "beside a secret above them",
      { api_key: "k", credentials: [{ api_key: "k" }] },
      "openai.api_key: stands beside credentials, where it belongs",
    ],
    [
      "without a secret of its own",
      { credentials: [{ api_key: "k" }, { weight: 2 }] },
      "openai.credentials.1: needs a secret of its own, such as an api_key",
    ],
    [
      "of one name",
      { credentials: [{ name: "2", api_key: "k" }, { api_key: "l" }] },
      'openai.credentials.1.name: "2" is taken by another',
    ],
    [
      "with what it does not have",
      { credentials: [{ api_key: "k", project: "p" }] },
      "openai.credentials.0.project: it has no such thing",
    ],
  ])("are refused %s", (_, told, problem) => {
    expect(problemsOf({ openai: told }, { OPENAI_API_KEY: "sk-env" })).toEqual([`providers.${problem}`]);
  });

  test("that nobody can use are refused by the check of the file", () => {
    const check = (credentials: unknown) => () => checkConfig({ providers: { openai: { credentials } } }, "test");
    expect(check([])).toThrow("providers.openai.credentials");
    expect(check([{ api_key: "k", weight: -1 }])).toThrow("providers.openai.credentials.0.weight");
    expect(check([{ api_key: "k", wieght: 1 }])).toThrow("weight");
    expect(check([{ api_key: "k", regions: ["EU West"] }])).toThrow("regions");
  });

  test("of one provider are one provider: names and secrets are told to nobody", () => {
    const { credentials } = choiceOf({ openai: { credentials: [{ name: "team", api_key: "sk-canary" }] } });
    expect(JSON.stringify([...credentials])).not.toContain("sk-canary");
    expect([...credentials.keys()]).toEqual(["openai"]);
  });
});

describe("what a provider tells everybody of the data that it is sent", () => {
  test("holds where the operator says nothing", () => {
    const { credentials } = choiceOf({}, { OPENAI_API_KEY: "k", GROQ_API_KEY: "k" });
    expect(credentials.get("openai")![0]).toMatchObject({ noTraining: true, zeroDataRetention: false });
    expect(credentials.get("groq")![0]).toMatchObject({ noTraining: false, zeroDataRetention: false });
  });

  test("holds not where the operator says otherwise, nor where somebody else may answer", () => {
    const promised = (told: object) => choiceOf({ openai: { api_key: "k", ...told } }).credentials.get("openai")![0]!;
    expect(promised({}).noTraining).toBe(true);
    expect(promised({ no_training: false }).noTraining).toBe(false);
    expect(promised({ base_url: "https://proxy.example/v1" }).noTraining).toBe(false);
    expect(promised({ base_url: "https://proxy.example/v1", no_training: true }).noTraining).toBe(true);
  });

  test("is sourced and dated", () => {
    const terms = Object.values(TERMS).flatMap((one) => Object.values(one));
    expect(terms.length).toBeGreaterThan(0);
    for (const name in TERMS) expect([...PROVIDERS.keys()]).toContain(name);
    for (const { url, read } of terms) {
      expect(url).toMatch(/^https:\/\/[a-z.]+\/\S+$/);
      expect(read).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });
});

test("what the configuration demands of everybody is in the choice", () => {
  expect(choiceOf({}, {}, { policy: { no_training: true } }).policy).toEqual({
    zeroDataRetention: false,
    noTraining: true,
    hipaa: false,
  });
  expect(choiceOf({}, {}, { policy: { hipaa: true } }).policy?.hipaa).toBe(true);
  expect(choiceOf({}).policy).toEqual({ zeroDataRetention: false, noTraining: false, hipaa: false });
});

test("an address at which a provider keeps to a part of the world is known for its price", () => {
  const at = (base_url: string) => {
    const { credentials } = choiceOf({ openai: { api_key: "sk-of-a-test", base_url } });
    return credentials.get("openai")![0]!.regional;
  };
  expect([at("https://eu.api.openai.com/v1"), at("https://api.openai.com/v1")]).toEqual([true, false]);
});
