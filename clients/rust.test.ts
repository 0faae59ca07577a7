import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { KEY, type RunningGateway, startGateway } from "../test/support/gateway.ts";
import { buildCrates } from "./crates.ts";

/** Where the Rust examples are built, and stay. */
const TARGET = process.env.CARGO_TARGET_DIR ?? join(import.meta.dir, "..", "examples", "rust", "target");
const MINUTE = 60_000;

let gateway: RunningGateway;
let ill: ReturnType<typeof Bun.serve>;
let among: RunningGateway;
beforeAll(async () => {
  await buildCrates(TARGET);
  gateway = await startGateway({ config: { simulate: "always" } });
  ill = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) =>
      Response.json(
        { error: { message: "We are ill.", type: "server_error", code: null, param: null } },
        { status: Number(/\d{3}/.exec(new URL(url).pathname)![0]) },
      ),
  });
  const at = (status: number) => ({ api_key: "sk-test-ill", base_url: `http://127.0.0.1:${ill.port}/${status}` });
  among = await startGateway({ config: { providers: { openai: at(503), mistral: at(429) } } });
}, 16 * MINUTE);
afterAll(async () => {
  await gateway.stop();
  await among.stop();
  await ill.stop(true);
});

interface Setting {
  /** What stands behind the example's name on the command line. */
  args?: string[];
  key?: string;
  at?: RunningGateway;
}

/** What an example prints, in lines, and what it complains of. Throws unless it ends well. */
async function outputOf(name: string, { args = [], key = KEY, at = gateway }: Setting = {}) {
  const child = Bun.spawn([join(TARGET, "debug", name), ...args], {
    env: { AI_GATEWAY_API_KEY: key, AI_GATEWAY_BASE_URL: `${at.url}/v1` },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, complained, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(complained);
  return { lines: printed.trimEnd().split("\n"), complained };
}

const linesOf = async (name: string, setting?: Setting) => (await outputOf(name, setting)).lines;
const answered = (prompt: string) => expect.stringContaining(`You wrote: "${prompt}". This answer is simulated`);

describe("async-openai 0.43.0", () => {
  test("chat", async () => {
    const [text, tokens] = await linesOf("chat");
    expect(text).toEqual(answered("Hello, world!"));
    expect(tokens).toMatch(/^anthropic\/claude-sonnet-4, [1-9]\d* tokens$/);
  });

  test("streaming", async () => {
    expect(await outputOf("streaming")).toEqual({ lines: [answered("Tell me a story")], complained: "" });
  });

  test("a stream that breaks off ends in an error, with our code in it", async () => {
    const { lines, complained } = await outputOf("streaming", { args: ["[sim tokens=20 mark=g error=5] Hello"] });
    expect(lines[0]).toMatch(/^g-0 g-1/);
    expect(complained).toStartWith("Error: ");
    expect(complained).toContain('"code":"');
  });

  test("model fallbacks", async () => {
    expect(await linesOf("model-fallbacks")).toEqual(["Model used: openai/gpt-5"]);
    expect(await linesOf("model-fallbacks", { at: among })).toEqual(["Model used: anthropic/claude-sonnet-4"]);
  });

  test("provider options", async () => {
    const [provider, cost, generation] = await linesOf("provider-options");
    expect(provider).toMatch(/^Served by: (vertex|anthropic)$/);
    expect(cost).toMatch(/^Cost: 0\.\d+$/);
    const row = gateway.row(/^Generation: (gen_\w+)$/.exec(generation!)![1]!);
    expect(row).toMatchObject({ zdr: true, user: "user-123", tags: '["examples","rust"]' });
  });

  test.each(["openai/gpt-5", "anthropic/claude-sonnet-4.5", "google/gemini-3.5-flash", "deepseek/deepseek-v4-pro"])(
    "Responses of %s, whole and streamed",
    async (model) => {
      const prompt = '[sim think=5 say="Good day." every=0] Hello';
      const [whole, tokens, streamed] = await linesOf("responses", { args: [model, prompt] });
      expect([whole, streamed]).toEqual(["Good day.", "Good day."]);
      expect(tokens).toMatch(/^[1-9]\d* tokens$/);
    },
  );

  test("models: the list, and one of them", async () => {
    const [many, one] = await linesOf("models");
    expect(many).toMatch(/^[1-9]\d+ models$/);
    expect(one).toBe("anthropic/claude-sonnet-4 of anthropic");
  });

  test("embeddings", async () => {
    const several = [0, 1, 2].map((index) => `Index ${index}: 1536 dims`);
    expect(await linesOf("embeddings")).toEqual(["Dimensions: 1536", ...several]);
  });

  test("tools", async () => {
    const [call, text] = await linesOf("tools");
    expect(call).toMatch(/^get_weather\(\{"city":"\w+"\}\)$/);
    expect(text).toContain("7 degrees and rain");
  });

  test(
    "errors",
    async () => {
      expect(await linesOf("error-handling")).toEqual([answered("Hello")]);
      expect(await linesOf("error-handling", { key: "wrong" })).toEqual(["Invalid API key"]);
      const unknown = await linesOf("error-handling", { args: ["nobody/nothing"] });
      expect(unknown).toEqual([expect.stringMatching(/^API error: 404 - .*nobody\/nothing/)]);
      // The crate asks three times more, and waits as it is told in between.
      const [limited, down] = await Promise.all([
        linesOf("error-handling", { at: among, args: ["mistral/mistral-large-3"] }),
        linesOf("error-handling", { at: among, args: ["openai/gpt-5"] }),
      ]);
      expect(limited).toEqual(["Rate limited - Gateway auto-retries"]);
      expect(down).toEqual([expect.stringMatching(/^API error: 503 - .+/)]);
    },
    MINUTE,
  );
});
