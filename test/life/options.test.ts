import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonOf } from "../support/gateway.ts";
import { freePort } from "../support/port.ts";
import { cleanUp, folder, run, spawnHeadgate, startHeadgate } from "../support/process.ts";

afterEach(cleanUp);

const KEY = "vck_of_an_operator";
const HELLO = { model: "openai/gpt-5", messages: [{ role: "user", content: "Hello" }] };

function ask(url: string, { key = KEY, model = "openai/gpt-5" } = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...HELLO, model }),
  });
}

describe("a client key of the operator's own", () => {
  test("stands in AI_GATEWAY_API_KEY", async () => {
    const { url } = await startHeadgate([], { env: { AI_GATEWAY_API_KEY: ` ${KEY}\n` } });
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url, { key: `${KEY}x` })).status).toBe(401);
  });

  test("or in the file that AI_GATEWAY_API_KEY_FILE names", async () => {
    const file = join(folder(), "key");
    writeFileSync(file, `${KEY}\n`);
    const { url } = await startHeadgate([], { env: { AI_GATEWAY_API_KEY_FILE: file } });
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url, { key: file })).status).toBe(401);
  });

  test.each([
    ["is not there", undefined, "cannot be read"],
    ["is empty", "\n", "is empty"],
  ])("a file that %s stops the start", async (_, text, complaint) => {
    const cwd = folder();
    const file = join(cwd, "key");
    if (text !== undefined) writeFileSync(file, text);
    const { code, stderr } = await run(["start", "--port", "0"], { cwd, env: { AI_GATEWAY_API_KEY_FILE: file } });
    expect(code).toBe(2);
    expect(stderr).toContain(`AI_GATEWAY_API_KEY_FILE: ${file} ${complaint}`);
    expect(existsSync(join(cwd, "data"))).toBe(false);
  });
});

describe("where it listens, and where it keeps things", () => {
  test("is told by the environment", async () => {
    const data = join(folder(), "deep", "data");
    const port = freePort();
    const env = { HEADGATE_PORT: String(port), HEADGATE_HOST: "localhost", HEADGATE_DATA: data };
    const gateway = spawnHeadgate(["start"], { env });
    await gateway.says(new RegExp(`listens on http://localhost:${port}\n`));
    expect(existsSync(join(data, "headgate.db"))).toBe(true);
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
  });

  test("by a flag rather than by the environment, and by that rather than by the file", async () => {
    const cwd = folder();
    const flagged = freePort();
    writeFileSync(join(cwd, "headgate.yaml"), "host: 203.0.113.7\nport: 1\ndata: of-the-file\n");
    const gateway = spawnHeadgate(["start", "--port", String(flagged)], {
      cwd,
      env: { HEADGATE_HOST: "127.0.0.1", HEADGATE_PORT: "2" },
    });
    await gateway.says(new RegExp(`listens on http://127.0.0.1:${flagged} \\(configuration: headgate.yaml\\)`));
    expect(existsSync(join(cwd, "of-the-file", "headgate.db"))).toBe(true);
  });

  test("the configuration is the one that --config names, else HEADGATE_CONFIG, else headgate.yaml", async () => {
    const cwd = folder();
    const named = (name: string) => writeFileSync(join(cwd, name), `data: of-${name}\n`);
    named("headgate.yaml");
    named("environment.yaml");
    named("flag.yaml");
    const env = { HEADGATE_CONFIG: "environment.yaml" };
    await startHeadgate([], { cwd });
    await startHeadgate([], { cwd, env });
    await startHeadgate(["--config", "flag.yaml"], { cwd, env });
    for (const name of ["headgate.yaml", "environment.yaml", "flag.yaml"])
      expect(existsSync(join(cwd, `of-${name}`))).toBe(true);
  });

  test("an IPv6 address is written as addresses are", async () => {
    const { url } = await startHeadgate(["--host", "::1"]);
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe("the admin token", () => {
  test("of the environment is not made, and not shown", async () => {
    const env = { HEADGATE_ADMIN_TOKEN: "an-admin-token-of-mine" };
    const gateway = await startHeadgate([], { terminal: true, env });
    await gateway.says(/Try it:/);
    expect(gateway.stdout).not.toContain("admin token");
    expect(gateway.stdout).not.toContain("an-admin-token-of-mine");
  });

  test("of a file that holds too little stops the start", async () => {
    const file = join(folder(), "token");
    writeFileSync(file, "short\n");
    const { code, stderr } = await run(["start", "--port", "0"], { env: { HEADGATE_ADMIN_TOKEN_FILE: file } });
    expect([code, stderr]).toEqual([2, `headgate: admin_token_file: ${file} holds fewer than 16 characters\n`]);
  });

  test("of the environment wins over the file of the configuration", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "headgate.yaml"), "admin_token_file: not-there\n");
    await startHeadgate([], { cwd, env: { HEADGATE_ADMIN_TOKEN: "an-admin-token-of-mine" } });
    const { code, stderr } = await run(["start", "--port", "0"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("not-there cannot be read");
  });
});

describe("who answers", () => {
  test("providers whose variable is set are listed, and the simulator is off", async () => {
    const env = { AI_GATEWAY_API_KEY: KEY, GROQ_API_KEY: "gsk_1", ANTHROPIC_API_KEY: "sk-ant-1" };
    const gateway = await startHeadgate([], { env });
    expect(gateway.stdout).toContain("Providers: anthropic, groq\n");
    expect(gateway.stdout).not.toContain("SIMULATOR");
    const refused = await ask(gateway.url);
    expect(refused.headers.get("x-headgate-simulated")).toBeNull();
    expect(refused.status).toBe(404);
    expect((await jsonOf(refused)).error.message).toContain("OPENAI_API_KEY");
  });

  test("the line to try asks for a model that one of them serves", async () => {
    const gateway = await startHeadgate([], { terminal: true, env: { ANTHROPIC_API_KEY: "sk-ant-1" } });
    const [, model] = await gateway.says(/"model": "([^"]+)"/);
    const response = await fetch(`${gateway.url}/v1/models/${model}`);
    expect([model!.split("/")[0], response.status]).toEqual(["anthropic", 200]);
  });

  test("--simulate answers for everybody, whatever credentials there are", async () => {
    const env = { AI_GATEWAY_API_KEY: KEY, OPENAI_API_KEY: "sk-1" };
    const gateway = await startHeadgate(["--simulate"], { env });
    expect(gateway.stdout).toContain("SIMULATOR, as you asked");
    expect(gateway.stdout).not.toContain("No provider has a credential");
    const response = await ask(gateway.url, { model: "anthropic/claude-sonnet-4.5" });
    expect([response.status, response.headers.get("x-headgate-simulated")]).toEqual([200, "true"]);
  });

  test("where others can reach it, a gateway without credentials refuses and names the variables", async () => {
    const gateway = await startHeadgate(["--host", "0.0.0.0"], { env: { AI_GATEWAY_API_KEY: KEY } });
    expect(gateway.stdout).toContain("every request will be refused");
    const response = await ask(gateway.url);
    expect([response.status, response.headers.get("x-headgate-simulated")]).toEqual([503, null]);
    const { error } = await jsonOf(response);
    expect(error.code).toBe("no_credentials");
    expect(error.message).toContain("OPENAI_API_KEY");
  });

  test("unless the simulator was asked for", async () => {
    const gateway = await startHeadgate(["--host", "0.0.0.0", "--simulate"], { env: { AI_GATEWAY_API_KEY: KEY } });
    expect((await ask(gateway.url)).status).toBe(200);
  });
});

test("whether it lives and is ready is told without a key", async () => {
  const { url } = await startHeadgate([]);
  for (const [path, status] of [
    ["/healthz", "ok"],
    ["/readyz", "ready"],
  ] as const) {
    const response = await fetch(url + path);
    expect([response.status, await jsonOf(response)]).toEqual([200, { status }]);
  }
  expect((await ask(url, { key: "" })).status).toBe(401);
});

test("two gateways on one data folder: the second says so and leaves the first alone", async () => {
  const data = folder();
  const first = await startHeadgate(["--data", data], { env: { AI_GATEWAY_API_KEY: KEY } });
  const { code, stderr } = await run(["start", "--data", data, "--port", "0"]);
  expect(code).toBe(2);
  expect(stderr).toBe(
    `headgate: another gateway is using the data folder ${data}; stop it, or choose another with --data\n`,
  );
  expect((await ask(first.url)).status).toBe(200);
});
