import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { chunksOf, dataOf, KEY, type RunningGateway, startGateway } from "./support/gateway.ts";

/** Where the examples look for the gateway: as `npm start` serves it. */
const ADDRESS = "http://127.0.0.1:8787";
const FOLDER = join(import.meta.dir, "..", "examples", "curl");

/** As a newcomer meets it: the simulator answers for every provider, and keeps nothing. */
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { simulate: "always" } });
});
afterAll(() => gateway.stop());

/** What an example prints, run as it stands but for the port. */
async function outputOf(name: string): Promise<string> {
  const script = await Bun.file(join(FOLDER, `${name}.sh`)).text();
  expect(script).toContain(ADDRESS);
  const child = Bun.spawn(["bash", "-c", script.replaceAll(ADDRESS, gateway.url)], {
    env: { PATH: process.env.PATH, AI_GATEWAY_API_KEY: KEY },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, complained, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([code, complained.includes("curl:")]).toEqual([0, false]);
  return printed;
}

describe("the curl examples", () => {
  test("are these six", () => {
    const names = [...new Bun.Glob("*.sh").scanSync({ cwd: FOLDER })].map((file) => file.replace(".sh", "")).sort();
    expect(names).toEqual([
      "app-attribution",
      "basic-request",
      "embeddings",
      "model-fallbacks",
      "provider-options",
      "streaming",
    ]);
  });

  test("basic-request: one answer with its usage", async () => {
    const body = JSON.parse(await outputOf("basic-request"));
    expect(body).toMatchObject({ object: "chat.completion", model: "openai/gpt-5" });
    expect(body.choices[0]).toMatchObject({ index: 0, finish_reason: "stop", message: { role: "assistant" } });
    const { prompt_tokens: read, completion_tokens: written, total_tokens: total } = body.usage;
    expect(total).toBe(read + written);
    expect(gateway.row(body.id)).toMatchObject({ requested: "openai/gpt-5", input: read, output: written });
  });

  test("streaming: a story of another wire, chunk by chunk", async () => {
    const sse = await outputOf("streaming");
    expect(dataOf(sse).at(-1)).toBe("[DONE]");
    const chunks = chunksOf(sse);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.every(({ model }) => model === "anthropic/claude-sonnet-4")).toBe(true);
    expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
  });

  test("provider-options: a provider that cannot serve it is passed over and named", async () => {
    const body = JSON.parse(await outputOf("provider-options"));
    expect(body.model).toBe("anthropic/claude-sonnet-4");
    const { routing } = body.choices[0].message.provider_metadata.gateway;
    expect(routing.finalProvider).toBe("anthropic");
    expect(routing.planningReasoning).toContain("vertex (");
  });

  test("model-fallbacks: the first that answers is named in the reply", async () => {
    const body = JSON.parse(await outputOf("model-fallbacks"));
    expect(body.model).toBe("openai/gpt-5");
  });

  test("embeddings: a vector of numbers", async () => {
    const body = JSON.parse(await outputOf("embeddings"));
    expect(body).toMatchObject({ object: "list", model: "openai/text-embedding-3-small" });
    expect(body.data[0].index).toBe(0);
    expect(body.data[0].embedding).toHaveLength(1536);
    expect(body.data[0].embedding.every((value: unknown) => typeof value === "number")).toBe(true);
  });

  test("app-attribution: the row says which app asked", async () => {
    const body = JSON.parse(await outputOf("app-attribution"));
    expect(gateway.row(body.id)).toMatchObject({ appUrl: "https://myapp.vercel.app", appTitle: "MyApp" });
  });
});

test("fallbacks: a provider dies in mid-demo, every question is answered, and the way of each is printed", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "..", "examples", "fallbacks.ts")], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, complained, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([code, complained]).toEqual([0, ""]);
  expect(printed.match(/^\d+ .*/gm)).toEqual(["200  Hello from near.", ...Array(6).fill("200  Hello from far.")]);
  const tried = [...printed.matchAll(/^ {5}(near|far): (answered|No connection)/gm)].map(
    ([, who, how]) => `${who} ${how}`,
  );
  expect(tried.slice(0, 3)).toEqual(["near answered", "near No connection", "far answered"]);
  // Before long the dead one is left alone.
  expect(tried.slice(-2)).toEqual(["far answered", "far answered"]);
  expect(printed).toMatch(/near: up [\d.]+ %.*\n +far: up 100 %/);
});
