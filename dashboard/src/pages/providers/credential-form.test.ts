import { describe, expect, test } from "bun:test";
import type { ListedProvider, ProviderCredential } from "../../../../src/admin/contract.ts";
import { dropsSecret, formOf, newForm, toldChange, toldCredential, waysOf } from "./credential-form.ts";

const provider = (authentication: ListedProvider["authentication"]): ListedProvider => ({
  name: "groq",
  title: "Groq",
  docs: null,
  base_url: "https://api.groq.com",
  authentication,
  variables: [],
  needs_base_url: false,
  usual_region: null,
  models: 1,
  credentials: [],
});
const KEY = provider("key");
const KEPT: ProviderCredential = {
  provider: "groq",
  name: "blue",
  source: "api",
  read_only: false,
  weight: 2,
  zero_data_retention: false,
  no_training: true,
  hipaa: false,
  regions: null,
  hint: "…ghij",
};

describe("one that is made", () => {
  test("tells its secret, and nothing that was left as it is", () => {
    expect(toldCredential({ ...newForm(KEY), apiKey: " sk-1 \n" })).toEqual({ weight: 1, api_key: "sk-1" });
  });
  test("tells what its contract says", () => {
    const form = {
      ...newForm(KEY),
      name: "eu",
      apiKey: "sk-1",
      noTraining: "no",
      hipaa: true,
      regions: ["eu"],
    } as const;
    expect(toldCredential(form)).toEqual({
      name: "eu",
      weight: 1,
      no_training: false,
      hipaa: true,
      regions: ["eu"],
      api_key: "sk-1",
    });
  });
  test("of the ways to show who asks it tells one", () => {
    const form = { ...newForm(provider("aws")), apiKey: "sk-1", accessKeyId: "AKIA", secretAccessKey: "x" };
    expect(toldCredential({ ...form, way: "access_key" })).toEqual({
      weight: 1,
      access_key_id: "AKIA",
      secret_access_key: "x",
    });
  });
  test("of a server that wants none it says so", () => {
    const form = newForm(provider("none"));
    expect([form.way, toldCredential({ ...form, baseUrl: "http://127.0.0.1:1" })]).toEqual([
      "none",
      { weight: 1, base_url: "http://127.0.0.1:1", api_key: "none" },
    ]);
  });
  test("what is no number is sent as it is, to be refused in the gateway's words", () => {
    expect(toldCredential({ ...newForm(KEY), weight: "much" }).weight).toBe("much");
  });
});

describe("one that is changed", () => {
  const before = formOf(KEY, KEPT);
  test("tells nothing where nothing is another", () => {
    expect(toldChange(before, before)).toEqual({});
  });
  test("tells what is another, and what is gone", () => {
    const kept = formOf(KEY, { ...KEPT, base_url: "https://a.example", regions: ["eu"] });
    expect(toldChange(kept, { ...kept, baseUrl: "", regions: [], weight: "0" })).toEqual({
      base_url: null,
      regions: null,
      weight: 0,
    });
  });
  test("a secret that is typed is sent", () => {
    expect(toldChange(before, { ...before, apiKey: "sk-2" })).toEqual({ api_key: "sk-2" });
  });
  test("another place drops the secret, unless one is told", () => {
    const moved = { ...before, baseUrl: "https://b.example" };
    expect([
      dropsSecret(before, { ...before, weight: "3" }),
      dropsSecret(before, moved),
      dropsSecret(before, { ...moved, apiKey: "sk-2" }),
    ]).toEqual([false, true, false]);
  });
  test("a server that wants none is asked without one at another place, too", () => {
    const local = formOf(provider("none"), KEPT);
    const moved = { ...local, baseUrl: "http://127.0.0.1:2" };
    expect([dropsSecret(local, moved), toldChange(local, moved)]).toEqual([
      false,
      { base_url: "http://127.0.0.1:2", api_key: "none" },
    ]);
    expect(toldChange(local, { ...local, weight: "3" })).toEqual({ weight: 3 });
  });
});

test.each([
  ["key", ["key"]],
  ["aws", ["key", "access_key"]],
  ["google_cloud", ["service_account", "key"]],
  ["none", ["none", "key"]],
] as const)("%s takes %p", (authentication, ways) => {
  expect(waysOf(provider(authentication))).toEqual(ways);
});
