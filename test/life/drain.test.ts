import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../../src/simulator/server.ts";
import { chunksOf, dataOf, jsonOf } from "../support/gateway.ts";
import { cleanUp, folder, LAUNCHER, type Spawn, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

const AUTHORIZATION = "Bearer drain-key";

/** A gateway with a simulator of its own beside it, which outlives it. */
async function started(options: Spawn & { config?: string } = {}) {
  const simulator = startSimulator();
  const cwd = folder();
  const provider = `  openai: { api_key: sk-1, base_url: "${simulator.url}/openai/v1" }\n`;
  writeFileSync(join(cwd, "headgate.yaml"), `${options.config ?? ""}providers:\n${provider}`);
  const gateway = await startHeadgate([], { ...options, cwd, env: { AI_GATEWAY_API_KEY: "drain-key" } });
  return { gateway, simulator, cwd, [Symbol.dispose]: () => simulator.stop() };
}

function ask(url: string, text: string, stream: boolean, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: AUTHORIZATION, "content-type": "application/json" },
    body: JSON.stringify({ model: "openai/gpt-5", stream, messages: [{ role: "user", content: text }] }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Resolves when the gateway says that it is not ready: a signal takes a moment to be delivered. */
async function notReady(url: string): Promise<Response> {
  for (;;) {
    const response = await fetch(`${url}/readyz`);
    if (response.status !== 200) return response;
    await response.arrayBuffer();
  }
}

/** The stream up to its first content. */
async function opened(response: Response): Promise<{ rest(): Promise<string> }> {
  const reader = response.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string>).getReader();
  let text = "";
  while (!text.includes('"content":"')) text += (await reader.read()).value!;
  return {
    async rest() {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return text;
        text += value;
      }
    },
  };
}

/** The rows that a gateway left behind, oldest first. */
function rowsIn(cwd: string): { id: string; finish: string | null; error: string | null }[] {
  using database = new Database(join(cwd, "data", "headgate.db"));
  return database.query("SELECT id, finish, error FROM generations ORDER BY id").all() as ReturnType<typeof rowsIn>;
}

describe("SIGTERM", () => {
  test("lets an open stream and an open plain request finish whole, and turns away whoever asks if it is ready", async () => {
    using world = await started();
    const { gateway, simulator, cwd } = world;
    const stream = await opened(await ask(gateway.url, "[sim tokens=60 every=40ms mark=s]", true));
    const plain = ask(gateway.url, "[sim delay=1s] Hello", false);
    while (simulator.requests.length < 2) await Bun.sleep(5);
    gateway.kill("SIGTERM");
    const readiness = await notReady(gateway.url);
    expect([readiness.status, await jsonOf(readiness)]).toEqual([503, { status: "draining" }]);

    const late = await ask(gateway.url, "Late, but before it stops listening", false);
    expect([late.status, late.headers.get("connection")]).toEqual([200, "close"]);

    const sse = await stream.rest();
    expect(dataOf(sse).at(-1)).toBe("[DONE]");
    const chunks = chunksOf(sse);
    const said = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(said.match(/\bs-\d+/g)).toHaveLength(60);
    const answer = await jsonOf(await plain);
    expect(answer.choices[0].finish_reason).toBe("stop");

    expect(await gateway.exited).toBe(0);
    expect(gateway.stdout).toContain("Draining: 2 open.");
    expect(gateway.stderr).toBe("");
    const ids = [chunks[0].id, answer.id, (await jsonOf(late)).id];
    expect(rowsIn(cwd)).toEqual(ids.sort().map((id) => ({ id, finish: "stop", error: null })));
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
  });

  test("ends at once at a second signal", async () => {
    using world = await started();
    const { gateway } = world;
    const stream = await opened(await ask(gateway.url, "[sim tokens=endless every=20ms]", true));
    gateway.kill("SIGTERM");
    await gateway.says(/Draining: 1 open/);
    gateway.kill("SIGINT");
    expect(await gateway.exited).toBe(128 + 9);
    await expect(stream.rest()).rejects.toThrow();
  });

  test("a second of the same kind is an echo at first, and ends it later", async () => {
    const twice = async () => {
      const world = await started();
      const { gateway } = world;
      const stream = await opened(await ask(gateway.url, "[sim tokens=endless every=20ms]", true));
      gateway.kill("SIGTERM");
      await gateway.says(/Draining: 1 open/);
      gateway.kill("SIGTERM");
      return { world, stream, heard: await notReady(gateway.url).catch(() => undefined) };
    };
    let drained = await twice();
    // On a machine that is busy the second may come late, and is none.
    for (let more = 3; drained.heard === undefined && more > 0; more--) {
      drained.world[Symbol.dispose]();
      drained = await twice();
    }
    using world = drained.world;
    const { gateway } = world;
    const { stream, heard } = drained;
    expect(heard?.status).toBe(503);
    while ((await Promise.race([gateway.exited, Bun.sleep(50)])) === undefined) gateway.kill("SIGTERM");
    expect(await gateway.exited).toBe(128 + 9);
    await expect(stream.rest()).rejects.toThrow();
  });

  test("cuts what outlives the limit, writes its row, and says so by its exit code", async () => {
    using world = await started({ config: "drain_seconds: 1\n" });
    const { gateway, cwd } = world;
    const stream = await opened(await ask(gateway.url, "[sim tokens=endless every=20ms]", true));
    gateway.kill("SIGTERM");
    await expect(stream.rest()).rejects.toThrow();
    expect(await gateway.exited).toBe(1);
    expect(rowsIn(cwd)).toEqual([{ id: expect.stringMatching(/^gen_/), finish: null, error: "client_closed" }]);
  });

  test.each([
    ["a stream", "[sim tokens=endless every=20ms]", true],
    ["a whole answer", "[sim delay=60s]", false],
  ])("cuts %s that is read on for nobody, and writes its row", async (_, text, stream) => {
    using world = await started({ config: "drain_seconds: 1\ndrain_abandoned: true\n" });
    const { gateway, simulator, cwd } = world;
    const leaving = new AbortController();
    const asked = ask(gateway.url, text, stream, leaving.signal);
    if (stream) await opened(await asked);
    else while (simulator.requests.length === 0) await Bun.sleep(5);
    leaving.abort();
    await asked.catch(() => {});
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toBe(1);
    expect(rowsIn(cwd)).toEqual([{ id: expect.stringMatching(/^gen_/), finish: null, error: "client_closed" }]);
  });

  test("loses no row when the last client leaves while it drains", async () => {
    using world = await started();
    const { gateway, cwd } = world;
    const leaving = new AbortController();
    const stream = await opened(await ask(gateway.url, "[sim tokens=endless every=20ms]", true, leaving.signal));
    gateway.kill("SIGTERM");
    await notReady(gateway.url);
    // From here on nobody new is let in.
    while (
      await fetch(`${gateway.url}/healthz`).then(
        () => true,
        () => false,
      )
    );
    leaving.abort();
    await expect(stream.rest()).rejects.toThrow();
    expect(await gateway.exited).toBe(0);
    expect(rowsIn(cwd)).toEqual([{ id: expect.stringMatching(/^gen_/), finish: null, error: "client_closed" }]);
  });

  test.each([["SIGINT"], ["SIGTERM"]] as const)(
    "%s to the launcher reaches the gateway, and its exit code comes back",
    async (signal) => {
      using world = await started({ command: LAUNCHER, config: "drain_seconds: 0\n" });
      const { gateway } = world;
      gateway.kill(signal);
      expect(await gateway.exited).toBe(0);
      await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
    },
  );

  test("as Ctrl-C, which the terminal gives to launcher and gateway alike, is one signal: the stream finishes", async () => {
    using world = await started({ command: LAUNCHER, terminal: true });
    const { gateway } = world;
    const stream = await opened(await ask(gateway.url, "[sim tokens=60 every=40ms]", true));
    gateway.type("\x03");
    await gateway.says(/Draining: 1 open/);
    expect(dataOf(await stream.rest()).at(-1)).toBe("[DONE]");
    expect(await gateway.exited).toBe(0);
  });

  test("to the launcher while an answer is cut gives the code of the gateway", async () => {
    using world = await started({ command: LAUNCHER, config: "drain_seconds: 0\n" });
    const { gateway } = world;
    const stream = await opened(await ask(gateway.url, "[sim tokens=endless every=20ms]", true));
    gateway.kill("SIGTERM");
    await expect(stream.rest()).rejects.toThrow();
    expect(await gateway.exited).toBe(1);
  });
});
