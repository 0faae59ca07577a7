import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dataOf, KEY, type RunningGateway, startGateway } from "../test/support/gateway.ts";

/** The document that the project was created from. What it prints must work, verbatim but for the address. */
const SEED = join(import.meta.dir, "../../shared/seed.md");
const ADDRESS = "https://ai-gateway.vercel.sh";
const there = existsSync(SEED);
if (!there) process.stderr.write(`${SEED} is not there: nothing to do for the seed's commands.\n`);

const commands = there
  ? [...readFileSync(SEED, "utf8").matchAll(/### ([^\n]+)\n```bash\n(curl [\s\S]*?)```/g)].map(
      ([, title, command]) => [title!, command!] as const,
    )
  : [];

describe.if(there)("the seed's curl commands, as printed", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: { simulate: "always" } });
  });
  afterAll(() => gateway.stop());

  test("are found in the document", () => {
    expect(commands.length).toBeGreaterThanOrEqual(6);
  });

  test.each(commands)("%s", async (_title, command) => {
    const child = Bun.spawn(["bash", "-c", command.replaceAll(ADDRESS, gateway.url)], {
      env: { PATH: process.env.PATH, AI_GATEWAY_API_KEY: KEY },
      stderr: "ignore",
    });
    const printed = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    const asked = JSON.parse(/-d '([\s\S]*)'/.exec(command)![1]!);
    if (asked.stream === true) {
      expect(dataOf(printed).at(-1)).toBe("[DONE]");
      return;
    }
    const body = JSON.parse(printed);
    expect(body.error).toBeUndefined();
    expect(body.model).toBe(asked.model);
    expect(body.usage.total_tokens).toBeGreaterThan(0);
  });

  test("are the examples of this repository", () => {
    for (const [title, command] of commands) {
      const file = join(import.meta.dir, `../examples/curl/${title.toLowerCase().replaceAll(" ", "-")}.sh`);
      const ours = readFileSync(file, "utf8").replace("#!/usr/bin/env bash\n", "");
      expect(ours).toBe(command.replaceAll(ADDRESS, "http://127.0.0.1:8787"));
    }
  });
});

/** Snippets of Rust by their titles, without those that only prepare. */
const snippets = there
  ? [...readFileSync(SEED, "utf8").matchAll(/### ([^\n]+)\n```rust\n([\s\S]*?)```/g)].map(
      ([, title, code]) => [title!, code!] as const,
    )
  : [];

/** Lines that today's crate has otherwise: its types are in modules of their own, and a message is of its role's type. */
const OUTDATED =
  /^(use async_openai::\{|types::\{|Client, $|config::OpenAIConfig,|\};|use std::env;|let config|\.with_api_base|ChatCompletionRequestMessage \{|role: Role|content: Some|\.\.Default|\.messages|\]\)$|\}$|let client)/;

describe.if(there)("the seed's Rust, line by line", () => {
  const ours = (name: string) => {
    const file = readFileSync(join(import.meta.dir, `../examples/rust/src/bin/${name}.rs`), "utf8");
    return file.split("\n").map((line) => line.trim());
  };

  test.each(snippets)("%s", (title, code) => {
    const lines = code.split("\n").map((line) => line.trim());
    const said = lines.filter((line) => line !== "" && !OUTDATED.test(line));
    const own = ours({ Setup: "chat", "Chat Completion": "chat", Streaming: "streaming" }[title]!);
    expect(said.filter((line) => !own.includes(line))).toEqual([]);
    if (title !== "Setup") expect(said.length).toBeGreaterThan(4);
  });

  test("is found in the document", () => {
    expect(snippets.map(([title]) => title)).toEqual(["Setup", "Chat Completion", "Streaming"]);
  });
});
