import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf, dataOf, jsonOf } from "../support/gateway.ts";
import { type Child, cleanUp, folder, LAUNCHER, spawnHeadgate, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

const KEY = /\bhg_[0-9A-Za-z]{49}\b/;
const TOKEN = /\bhga_[\w-]{32}(?![\w-])/;

/** The lines under "Try it:", as a person pastes them. */
function pasted(text: string): string {
  const [, lines] = /Try it:\n\n([\s\S]*?)\n\n/.exec(text)!;
  return lines!;
}

async function runInShell(line: string): Promise<string> {
  const shell = Bun.spawn(["bash", "-c", line], { env: { PATH: process.env.PATH }, stdout: "pipe", stderr: "ignore" });
  const text = await new Response(shell.stdout).text();
  expect(await shell.exited).toBe(0);
  return text;
}

function ask(url: string, key: string, model = "openai/gpt-5"): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
  });
}

/** Everything that lies in a data folder, byte for byte. */
function bytesIn(data: string): string {
  return readdirSync(data)
    .filter((name) => name.startsWith("headgate.db"))
    .map((name) => readFileSync(join(data, name), "latin1"))
    .join("\n");
}

async function ended(child: Child): Promise<void> {
  child.kill("SIGKILL");
  await child.exited;
}

describe("without a terminal", () => {
  test("the secrets lie in a file for its owner alone, and only its path is printed", async () => {
    const cwd = folder();
    const gateway = await startHeadgate([], { command: LAUNCHER, cwd });
    const path = join(cwd, "data", "first-run.txt");
    expect(gateway.stdout).toContain(path);
    expect(gateway.stdout + gateway.stderr).not.toMatch(KEY);
    expect(gateway.stdout + gateway.stderr).not.toMatch(TOKEN);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(cwd, "data")).mode & 0o777).toBe(0o700);
    expect(statSync(join(cwd, "data", "key-secret")).mode & 0o777).toBe(0o600);
    const kept = readFileSync(path, "utf8");
    expect(kept).toMatch(KEY);
    expect(kept).toMatch(TOKEN);
    expect(kept).toContain(gateway.url);
  });

  test("the line in the file works as pasted: a streamed answer of the simulator", async () => {
    const data = folder();
    await startHeadgate(["--data", data]);
    const sse = await runInShell(pasted(readFileSync(join(data, "first-run.txt"), "utf8")));
    expect(dataOf(sse).at(-1)).toBe("[DONE]");
    const chunks = chunksOf(sse);
    expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join("")).toContain("Hello");
    expect(chunks.at(-1).choices[0].delta.provider_metadata.gateway.simulated).toBe(true);
  });

  test("with data in memory says that nobody would know the key, and touches no disk", async () => {
    const cwd = folder();
    const failed = spawnHeadgate(["start", "--data", ":memory:", "--port", "0"], { cwd });
    expect(await failed.exited).toBe(2);
    expect(failed.stderr).toStartWith("headgate: with data in memory there is no folder to keep the first key in");
    expect(failed.stdout).toBe("");
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("and a file that cannot be written stops the start, with what to do: nobody would know the key", async () => {
    const data = folder();
    mkdirSync(join(data, "first-run.txt"));
    const failed = spawnHeadgate(["start", "--data", data, "--port", "0"]);
    expect(await failed.exited).toBe(2);
    expect(failed.stderr).toStartWith("headgate: the first key could not be kept (");
    expect(failed.stderr).toEndWith(`), so nobody knows it: remove ${data} and start again\n`);
    expect(failed.stdout).toBe("");
  });

  test("a file of the same name that others could read is not written into", async () => {
    const data = folder();
    writeFileSync(join(data, "first-run.txt"), "old", { mode: 0o644 });
    await startHeadgate(["--data", data]);
    expect(statSync(join(data, "first-run.txt")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(data, "first-run.txt"), "utf8")).toMatch(KEY);
  });
});

describe("on a terminal", () => {
  test("key, admin token and a line to try are printed, nothing is left in a file, and the line works as pasted", async () => {
    const data = folder();
    const gateway = await startHeadgate(["--data", data], { command: LAUNCHER, terminal: true });
    await gateway.says(/Try it:\n\n[\s\S]*?\n\n/);
    expect(gateway.stdout).toMatch(KEY);
    expect(gateway.stdout).toMatch(TOKEN);
    expect(readdirSync(data)).not.toContain("first-run.txt");
    const sse = await runInShell(pasted(gateway.stdout));
    expect(dataOf(sse).at(-1)).toBe("[DONE]");
  });

  test("the second start prints neither, and the first key still works", async () => {
    const data = folder();
    const first = await startHeadgate(["--data", data], { terminal: true });
    const [, key] = await first.says(/\n +(hg_\w+)\n[\s\S]*\[\{"role"/);
    await ended(first);
    const second = await startHeadgate(["--data", data], { terminal: true });
    expect(second.stdout).not.toMatch(KEY);
    expect(second.stdout).not.toMatch(TOKEN);
    const response = await ask(second.url, key!);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-headgate-simulated")).toBe("true");
    expect((await ask(second.url, `${key!.slice(0, -1)}?`)).status).toBe(401);
  });
});

test("of a key the database knows only a hash, even after it was used", async () => {
  const data = folder();
  const first = await startHeadgate(["--data", data]);
  const kept = readFileSync(join(data, "first-run.txt"), "utf8");
  const key = KEY.exec(kept)![0];
  const token = TOKEN.exec(kept)![0];
  expect((await jsonOf(await ask(first.url, key))).id).toMatch(/^gen_/);
  await ended(first);
  const bytes = bytesIn(data);
  expect(bytes).toContain("CREATE TABLE generations");
  expect(bytes).toContain(key.slice(0, 7));
  for (const secret of [key, key.slice(8, 40), token, token.slice(4)]) expect(bytes).not.toContain(secret);
});

describe("a first start that fails keeps no key from the next", () => {
  /** The key is shown by the start that succeeds, and it works. */
  async function expectKeyAfter(data: string): Promise<void> {
    const gateway = await startHeadgate(["--data", data]);
    const key = KEY.exec(readFileSync(join(data, "first-run.txt"), "utf8"))![0];
    expect((await ask(gateway.url, key)).status).toBe(200);
  }

  test("when the port is taken", async () => {
    const data = folder();
    using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const failed = spawnHeadgate(["start", "--data", data, "--port", String(other.port)]);
    expect(await failed.exited).toBe(2);
    expect(failed.stderr).toBe(`headgate: port ${other.port} is in use; choose another with --port\n`);
    await expectKeyAfter(data);
  });

  test("when the port is another gateway's", async () => {
    const data = folder();
    // A port that is named, as people do: one that the runtime chose is never shared.
    using free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const port = String(free.port);
    await free.stop(true);
    const first = spawnHeadgate(["start", "--data", folder(), "--port", port]);
    await first.says(/Headgate listens on/);
    const failed = spawnHeadgate(["start", "--data", data, "--port", port]);
    expect(await failed.exited).toBe(2);
    expect(failed.stderr).toBe(`headgate: port ${port} is in use; choose another with --port\n`);
    await expectKeyAfter(data);
  });

  test("when the address is not of this machine", async () => {
    const data = folder();
    const failed = spawnHeadgate(["start", "--data", data, "--port", "0", "--host", "203.0.113.7"]);
    expect(await failed.exited).toBe(2);
    expect(failed.stderr).toContain("cannot listen on 203.0.113.7, port 0");
    expect(failed.stderr).toContain("--host");
    await expectKeyAfter(data);
  });

  test("when the configuration only shows its mistake as the parts meet", async () => {
    const data = folder();
    const cwd = folder();
    writeFileSync(
      join(cwd, "headgate.yaml"),
      "simulate: never\nproviders:\n  my-own: { base_url: http://127.0.0.1:9 }\n",
    );
    const failed = spawnHeadgate(["start", "--data", data, "--port", "0"], { cwd });
    expect(await failed.exited).toBe(2);
    expect(failed.stderr).toContain("providers.my-own: not in the catalogue, so it needs `wire: openai-chat`");
    await expectKeyAfter(data);
  });
});
