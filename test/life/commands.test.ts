import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { jsonOf } from "../support/gateway.ts";
import { Issuer } from "../support/issuer.ts";
import { cleanUp, folder, run, spawnHeadgate } from "../support/process.ts";

afterEach(cleanUp);

describe("check", () => {
  /** A folder with this configuration. */
  function withConfig(yaml: string): string {
    const cwd = folder();
    writeFileSync(join(cwd, "headgate.yaml"), yaml);
    return cwd;
  }

  test("tells who would serve what, and makes nothing", async () => {
    const cwd = withConfig(`providers:
  my-vllm:
    wire: openai-chat
    base_url: http://127.0.0.1:9000/v1
    api_key: none
    models: [{ id: meta/llama-3.1-8b, price: { input: 0.05, output: 0.08 } }]
`);
    const { code, stdout, stderr } = await run(["check"], { cwd, env: { OPENAI_API_KEY: "sk-secret-1234567890" } });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Configuration: headgate.yaml: good.");
    expect(stdout).toMatch(/^openai: \d\d+ models$/m);
    expect(stdout).toContain("my-vllm: 1 models, meta/llama-3.1-8b among them by configuration");
    expect(stdout).toMatch(/^\d+ models would be served\.$/m);
    expect(stdout).not.toContain("sk-secret");
    expect(readdirSync(cwd)).toEqual(["headgate.yaml"]);
  });

  test("without any credential says who would answer", async () => {
    const { code, stdout } = await run(["check"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Configuration: defaults and environment: good.");
    expect(stdout).toContain("on loopback, the built-in simulator would answer");
    expect(stdout).toContain("\n0 models would be served.");
  });

  test("warns of a provider that was configured without a key, one without models, and endpoints without a price", async () => {
    const cwd = withConfig(`providers:
  mistral: {}
  empty: { wire: openai-chat, base_url: "http://127.0.0.1:9/v1", api_key: none }
  unpriced: { wire: openai-chat, base_url: "http://127.0.0.1:9/v1", api_key: none, models: [{ id: my/own }] }
`);
    const { code, stdout } = await run(["check"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain(
      "mistral: configured, but without api_key (or MISTRAL_API_KEY in the environment): it will not be asked",
    );
    expect(stdout).toContain("empty: 0 models\n  warning: nobody can reach it");
    expect(stdout).toContain("1 endpoints have no price, so what they cost will not be known: unpriced:own");
  });

  test("asks those whose tokens are taken for their keys", async () => {
    const [there, away] = [new Issuer(), new Issuer()];
    away.answer = () => new Response(null, { status: 503 });
    const rule = (name: string, { url }: Issuer) =>
      `  - { name: ${name}, issuer: "${url}", audience: headgate, subjects: ["*"] }`;
    const { code, stdout } = await run(["check"], {
      cwd: withConfig(`oidc:\n${rule("there", there)}\n${rule("away", away)}\n`),
    });
    expect(code).toBe(0);
    expect(stdout).toContain(`${there.url}: its tokens are taken, by 1 keys`);
    expect(stdout).toContain(`  warning: the keys of ${away.url} (oidc.1) cannot be had`);
    expect(stdout).toContain("its server answered with status 503");
    await there.stop();
    await away.stop();
  });

  test("tells who has several accounts, and whom the policy rules out", async () => {
    const cwd = withConfig(`policy: { no_training: true }
providers:
  openai: { credentials: [{ name: team, api_key: sk-1, weight: 3 }, { api_key: sk-2 }] }
  groq: { api_key: gsk-1 }
`);
    const { code, stdout } = await run(["check"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^openai: \d+ models, on 2 accounts: team \(3\), 2 \(1\)$/m);
    expect(stdout).toMatch(
      /^groq: \d+ models\n {2}warning: it will not be asked: may train on prompts, .*providers\.groq\.no_training: true\)$/m,
    );
    const served = Number(/(\d+) models would be served/.exec(stdout)![1]);
    expect(served).toBe(Number(/openai: (\d+) models/.exec(stdout)![1]));
  });

  test("tells what virtual models stand for, and what rules deny", async () => {
    const cwd = withConfig(`providers: { openai: { api_key: sk-1 } }
routing_rules: [{ id: no, type: deny, model: openai/gpt-4.1 }]
virtual_models:
  vmc/both: { candidates: [{ model: openai/gpt-5 }, { model: groq/none, weight: 1 }] }
`);
    const wrong = await run(["check"], { cwd });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('nobody knows a model "groq/none"')]);
    const good = withConfig(`providers: { openai: { api_key: sk-1 } }
routing_rules: [{ id: no, type: deny, model: openai/gpt-4.1 }]
virtual_models:
  vmc/both: { candidates: [{ model: openai/gpt-5 }, { model: anthropic/claude-sonnet-4.5 }] }
  vmc/none: { model: anthropic/claude-sonnet-4.5, status: draft }
  vmc/house: { relay: { base_url: "http://10.0.0.5:8000/v1" }, visibility: stealth }
  vmc/seeing: { candidates: [{ model: openai/gpt-3.5-turbo }, { model: openai/gpt-5 }], requires: [vision] }
`);
    const { code, stdout } = await run(["check"], { cwd: good });
    expect(stdout).toContain("vmc/house: stands for http://10.0.0.5:8000/v1\n");
    expect(stdout).toContain(
      "vmc/seeing: stands for openai/gpt-5\n  warning: openai/gpt-3.5-turbo is never chosen: it is not known to have vision\n",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ models would be served, but for 1 that rules deny: openai\/gpt-4\.1\.$/m);
    expect(stdout).toContain("vmc/both: stands for openai/gpt-5, anthropic/claude-sonnet-4.5\n");
    expect(stdout).toContain(
      "vmc/none: stands for anthropic/claude-sonnet-4.5, and is not offered\n  warning: nobody would be asked\n",
    );
  });

  test("warns of a rule that is for nobody", async () => {
    const rules = ["openai/gpt-4.1-mni", "opnai/*", "openai/gpt-4*"].map((model, i) => ({
      id: `r${i}`,
      type: "deny",
      model,
    }));
    const { code, stdout } = await run(["check"], { cwd: withConfig(`routing_rules: ${JSON.stringify(rules)}\n`) });
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.includes("warning"))).toEqual([
      '  warning: the routing rule r0 is for nobody: no model is called openai/gpt-4.1-mni; did you mean "openai/gpt-4.1-mini"?',
      "  warning: the routing rule r1 is for nobody: no model is called opnai/*",
    ]);
  });

  test("names file, path and the near word of a mistake, and not the value", async () => {
    const cwd = withConfig("providers:\n  openai: { api_kye: sk-secret-1234567890 }\nprot: 1\n");
    const { code, stdout, stderr } = await run(["check"], { cwd });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.split("\n").sort()).toEqual([
      "",
      'headgate: headgate.yaml: prot: no such option; did you mean "port"?',
      'headgate: headgate.yaml: providers.openai.api_kye: no such option; did you mean "api_key"?',
    ]);
  });

  test("finds that a file is missing, or is not YAML", async () => {
    const cwd = withConfig("providers: [");
    expect(await run(["check"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("is not YAML") });
    const missing = await run(["check", "--config", "nowhere.yaml"], { cwd });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("nowhere.yaml: cannot be read") });
  });

  test("finds what only shows when the parts meet", async () => {
    const cwd = withConfig("providers:\n  my-own: { base_url: http://127.0.0.1:9 }\n");
    const { code, stderr } = await run(["check"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(
      "headgate.yaml: providers.my-own: not in the catalogue, so it needs `wire: openai-chat` (or anthropic-messages)\n",
    );
  });
});

describe("simulate", () => {
  test("serves the providers alone, on a free port, until it is told to stop", async () => {
    const simulator = spawnHeadgate(["simulate", "--port", "0"]);
    const [, openai, anthropic] = await simulator.says(/OpenAI at (\S+) and Anthropic at (\S+)\. /);
    const response = await fetch(`${openai}/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer any", "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: "Hello" }] }),
    });
    expect((await jsonOf(response)).object).toBe("chat.completion");
    const message = await fetch(`${anthropic}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "any", "anthropic-version": "2023-06-01", "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-sonnet-4-5",
        max_tokens: 10,
        messages: [{ role: "user", content: "Hello" }],
      }),
    });
    expect((await jsonOf(message)).type).toBe("message");
    simulator.kill("SIGTERM");
    expect(await simulator.exited).toBe(0);
  });

  test("a port that is no number is refused", async () => {
    const { code, stderr } = await run(["simulate", "--port", "many"]);
    expect(code).toBe(2);
    expect(stderr).toStartWith('headgate: --port must be a number, not "many"\n');
  });
});

test.each([["version"], ["--version"]])("%s prints both versions", async (word) => {
  const { code, stdout } = await run([word]);
  expect([code, stdout]).toEqual([0, `headgate ${manifest.version}, bun ${Bun.version}\n`]);
});

test.each([[["help"]], [["--help"]], [["-h"]], [["help", "nothing"]], [[]]])(
  "%p prints every command and its options, and makes nothing",
  async (words: string[]) => {
    const cwd = folder();
    const { code, stdout, stderr } = await run(words, { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    for (const word of ["start", "check", "simulate", "version", "help", "--port <number>", "--simulate"])
      expect(stdout).toContain(` ${word} `);
    expect(existsSync(join(cwd, "data"))).toBe(false);
  },
);

test.each([[["keys", "--help"]], [["keys", "create", "-h"]], [["help", "keys"]]])(
  "%p prints that command and its options",
  async (words: string[]) => {
    const { code, stdout, stderr } = await run(words);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("--requests <number>");
    expect(stdout).not.toContain("simulate");
  },
);

describe("a line that is not understood", () => {
  test.each([
    [["strat"], 'there is no command "strat"; did you mean start?'],
    [["constructor"], 'there is no command "constructor"'],
    [["start", "--prot", "1"], "Unknown option '--prot'; did you mean --port?"],
    [["start", "--date=x"], "Unknown option '--date'; did you mean --data?"],
    [["check", "file.yaml"], "Unexpected argument 'file.yaml'"],
    [["start", "--port"], "'--port <value>' argument missing"],
  ])("%p: what is wrong, what was meant, and the usage", async (words, complaint) => {
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(complaint);
    expect(stderr).toContain("headgate <command> [options]");
    // Of one command where one is named: of all of them nobody saw what was wrong.
    expect(stderr.includes("  version ")).toBe(words[0] !== "start" && words[0] !== "check");
  });

  test.each([
    [["--port", "many"], "port"],
    [["--port", "65536"], "port"],
  ])("a value that cannot be, %p, is named", async (words, option) => {
    const { code, stderr } = await run(["start", ...words]);
    expect(code).toBe(2);
    expect(stderr).toStartWith(`headgate: --port: ${option}: `);
  });
});
