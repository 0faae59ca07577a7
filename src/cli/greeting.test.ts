import { describe, expect, test } from "bun:test";
import { type GreetingFacts, greeting } from "./greeting.ts";

const FRESH = { key: "hg_key", adminToken: "hga_token", link: "hgl_link" };
const FACTS: GreetingFacts = {
  url: "http://127.0.0.1:8787",
  file: undefined,
  fresh: undefined,
  simulated: undefined,
  model: "openai/gpt-5",
  providers: ["openai", "anthropic"],
  kept: { engine: "sqlite", at: "./data" },
  redis: undefined,
};
const said = (more: Partial<GreetingFacts>) => greeting({ ...FACTS, ...more });

describe("who answers", () => {
  test("providers, by name", () => {
    expect(said({})).toBe(
      "\nHeadgate listens on http://127.0.0.1:8787\n\n  Providers: anthropic, openai\n\n  Keeps its records in SQLite, ./data, by itself.\n\n  Dashboard: http://127.0.0.1:8787/ (to sign in: headgate link)\n\n",
    );
  });

  test("the simulator, for want of others", () => {
    expect(said({ simulated: "for-want-of-credentials" })).toContain("No provider has a credential: answers come from");
  });

  test("the simulator, on request: nothing is said of credentials", () => {
    const text = said({ simulated: "on-request" });
    expect(text).toContain("SIMULATOR, as you asked");
    expect(text).not.toContain("credential");
  });

  test("nobody", () => {
    expect(said({ providers: [] })).toContain("every request will be refused");
  });
});

test("the configuration that was read is named", () => {
  expect(said({ file: "headgate.yaml" })).toContain("8787 (configuration: headgate.yaml)\n");
});

test("with whom it has its records in common, and who carries word among them", () => {
  expect(said({ kept: { engine: "postgres", at: "db:5432/headgate" }, redis: "cache:6379" })).toContain(
    "\n  Keeps its records in PostgreSQL, db:5432/headgate, with all gateways that use it; who fails is told by Redis at cache:6379.\n",
  );
});

describe("the dashboard", () => {
  test("has a link that signs in, at the first start", () => {
    expect(said({ fresh: FRESH })).toContain("\n    http://127.0.0.1:8787/#sign-in=hgl_link\n");
  });

  test("is where browsers reach it, and how to sign in is told, at every other", () => {
    const text = said({ dashboard: "https://gate.example.com" });
    expect(text).toContain("  Dashboard: https://gate.example.com/ (to sign in: headgate link)\n");
    expect(text).not.toContain("#sign-in");
  });

  test("has its link in the file, where that is where secrets lie", () => {
    expect(said({ keptIn: "/data/first-run.txt" })).not.toContain("Dashboard");
  });
});

describe("secrets", () => {
  test("are shown with a line that asks for a model that is served", () => {
    const text = said({ fresh: FRESH, model: "meta/llama" });
    expect(text).toContain("Your key (shown this once):\n    hg_key\n");
    expect(text).toContain("Your admin token (shown this once):\n    hga_token\n");
    expect(text).toContain('-H "Authorization: Bearer hg_key"');
    expect(text).toContain('"model": "meta/llama"');
  });

  test("of which there is only one are shown alone", () => {
    expect(said({ fresh: { ...FRESH, adminToken: undefined } })).not.toContain("admin token");
  });

  test("that lie in a file are not shown", () => {
    const text = said({ keptIn: "/data/first-run.txt" });
    expect(text).toContain("are in /data/first-run.txt (only you can read it)");
    expect(text).not.toContain("Try it");
  });
});
