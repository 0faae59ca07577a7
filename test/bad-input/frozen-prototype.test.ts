import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { oneOfEach, WRITES } from "../support/admin-writes.ts";
import { FULL } from "../support/figures.ts";
import { type Child, cleanUp, DIRECT, folder, ROOT, startHeadgate } from "../support/process.ts";
import { PAYLOADS } from "../support/prototype-payloads.ts";

/** A gateway as it is started, whose process tells how its prototypes do when it is asked by a signal. */

const TOKEN = "an-admin-token-of-the-operator";
const KEY = "test-key";
let gateway: Child & { url: string };
let simulator: Simulator;
beforeAll(async () => {
  simulator = startSimulator();
  const cwd = folder();
  const at = (name: string, path: string) => ({
    api_key: `sk-test-${name}`,
    base_url: `${simulator.url}/${name}${path}`,
  });
  const providers = {
    openai: at("openai", "/v1"),
    anthropic: at("anthropic", ""),
    deepseek: at("deepseek", "/v1"),
    google: at("google", "/v1beta"),
  };
  const config = { admin_token: TOKEN, providers, health: { failures: 1000 }, retries: { same_endpoint: 0 } };
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify(config));
  const probe = join(cwd, "probe.ts");
  writeFileSync(
    probe,
    `process.on("SIGUSR2", () => {
      const tried = ["polluted", "toString", "__proto__"].map((name) => {
        try {
          Object.prototype[name] = {};
          return "changed " + name;
        } catch {
          return "refused " + name;
        }
      });
      const own = Reflect.ownKeys(Object.prototype).map(String).sort().join();
      console.log("PROBE " + JSON.stringify([Object.isFrozen(Object.prototype), tried, own]));
    });`,
  );
  const [program = "", ...rest] = DIRECT;
  gateway = await startHeadgate([], {
    cwd,
    env: { AI_GATEWAY_API_KEY: KEY },
    command: [program, "--preload", probe, ...rest],
  });
}, 30_000);
afterAll(async () => {
  await cleanUp();
  simulator.stop();
});

let asked = 0;
/** What the gateway's process says of its own prototypes. */
async function probed(): Promise<unknown> {
  asked++;
  gateway.kill("SIGUSR2");
  const [said = ""] = await gateway.says(new RegExp(`(?:PROBE [^\\n]*\\n[\\s\\S]*?){${asked}}`));
  return JSON.parse(said.trimEnd().split("PROBE ").at(-1)!.split("\n")[0]!);
}
const FROZEN = [
  true,
  ["refused polluted", "refused toString", "refused __proto__"],
  Reflect.ownKeys(Object.prototype).map(String).sort().join(),
];

const post = (path: string, body: string, token: string, method = "POST") =>
  fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body,
  });

const user = '{"role":"user","content":"[sim tokens=2 every=0]"}';
const MODELS = ["openai/gpt-4o", "anthropic/claude-sonnet-4.5", "google/gemini-2.5-flash", "deepseek/deepseek-v4-pro"];
const DOORS: Readonly<Record<string, (model: string, payload: string) => string[]>> = {
  "/v1/chat/completions": (model, payload) => [
    `{"model":"${model}","messages":[${user}],${payload}}`,
    `{"model":"${model}","messages":[${user}],"stream":true,"metadata":{${payload}},"providerOptions":{"openai":{${payload}}}}`,
    `{"model":"${model}","messages":[${user}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{${payload}}}}}]}`,
  ],
  "/v1/messages": (model, payload) => [
    `{"model":"${model}","max_tokens":9,"messages":[${user}],${payload}}`,
    `{"model":"${model}","max_tokens":9,"messages":[${user}],"stream":true,"tools":[{"name":"f","input_schema":{"type":"object",${payload}}}]}`,
  ],
  "/v1/messages/count_tokens": (model, payload) => [`{"model":"${model}","messages":[${user}],${payload}}`],
  "/v1/responses": (model, payload) => [
    `{"model":"${model}","input":[${user}],${payload}}`,
    `{"model":"${model}","input":[${user}],"stream":true,"metadata":{${payload}}}`,
  ],
  "/v1/embeddings": (_, payload) => [`{"model":"openai/text-embedding-3-small","input":"x",${payload}}`],
};

test("the prototype that all objects share is frozen as soon as the gateway serves", async () => {
  expect(await probed()).toEqual(FROZEN);
});

test.each(Object.keys(DOORS))(
  "%s answers whoever asks well, and breaks for nobody",
  async (path) => {
    const wrong: string[] = [];
    const send = async (body: string, mayRefuse: boolean) => {
      const reply = await post(path, body, KEY);
      const text = await reply.text();
      const isGood = reply.status === 200 || (mayRefuse && reply.status < 500);
      if (!isGood || text.includes("internal_error")) wrong.push(`${body}\n${reply.status} ${text.slice(0, 300)}`);
    };
    for (const model of MODELS) {
      for (const body of DOORS[path]!(model, '"user":"ada"')) await send(body, path !== "/v1/chat/completions");
      for (const payload of PAYLOADS) for (const body of DOORS[path]!(model, payload)) await send(body, true);
    }
    expect(wrong).toEqual([]);
    expect(await probed()).toEqual(FROZEN);
  },
  60_000,
);

test("the admin API answers whoever asks well, and breaks for nobody", async () => {
  const running = {
    url: gateway.url,
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(gateway.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
  };
  const { pathOf } = await oneOfEach(running as Parameters<typeof oneOfEach>[0]);
  const wrong: string[] = [];
  let n = 0;
  for (const [route, { good, whole = good }] of Object.entries(WRITES)) {
    const [method = ""] = route.split(" ");
    const control = await post(pathOf(route), JSON.stringify(whole(n++)), TOKEN, method);
    if (control.status >= 300) wrong.push(`${route}: ${control.status} ${await control.text()}`);
    for (const payload of PAYLOADS.filter((_, at) => FULL || at % 4 === n % 4)) {
      const text = JSON.stringify(whole(n++));
      for (const body of [
        text.replace(/}$/, () => `,${payload}}`),
        text.replace('{"a":1', () => `{"a":1,${payload}`),
      ]) {
        const reply = await post(pathOf(route), body, TOKEN, method);
        if (reply.status >= 500) wrong.push(`${route} ${body}: ${reply.status} ${await reply.text()}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  for (const path of [
    "/admin/keys?q=__proto__",
    "/admin/usage?start_date=2026-01-01&end_date=2026-12-31&group_by=model",
  ])
    expect((await fetch(gateway.url + path, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  expect(await probed()).toEqual(FROZEN);
}, 60_000);

test("a member that all objects have can still be an object's own", async () => {
  const { freezePrototype } = await import("../../src/cli/frozen.ts");
  // In a process of its own: nobody can undo it.
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `(${freezePrototype})();
      const own = {}; own.toString = 1; own["constructor"] = 2;
      await import("node:events"); await import("node:worker_threads"); await import("node:net");
      console.log(JSON.stringify(own), \`\${{}}\`, Object.keys({}).length, Object.isFrozen(Object.prototype));`,
    ],
    { cwd: ROOT, stdout: "pipe", stderr: "inherit" },
  );
  expect((await child.stdout.text()).trim()).toBe('{"toString":1,"constructor":2} [object Object] 0 true');
});
