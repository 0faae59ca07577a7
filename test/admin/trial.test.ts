import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROVIDERS } from "../../src/catalog/providers/index.ts";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
/** Everybody who is asked for words, and by whatever wire. */
const ASKED = [...PROVIDERS.values()].filter(
  ({ wires, auth, baseUrl }) => wires.generate !== undefined && auth.kind !== "google-cloud" && baseUrl !== undefined,
);

let simulator: Simulator;
let gateway: RunningGateway;
beforeAll(async () => {
  simulator = startSimulator();
  const providers = Object.fromEntries(
    ASKED.map(({ name }) => [name, { api_key: "sk-simulated", base_url: `${simulator.url}/${name}` }]),
  );
  gateway = await startGateway({ config: { admin_token: TOKEN, providers } });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});

const ask = (method: string, path: string) =>
  fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${TOKEN}` } });

test.each(ASKED.map(({ name }) => name))("%s is asked in a wire of its own, for a few tokens", async (name) => {
  const before = simulator.requests.length;
  const told = await jsonOf(await ask("POST", `/admin/providers/${name}/credentials/default/test`));
  const { models } = await jsonOf(await ask("GET", `/admin/providers/${name}`));
  if (models === 0) {
    expect(told.error.message).toContain("no model");
    return;
  }
  expect([name, told.ok, told.error]).toEqual([name, true, null]);
  const asked = simulator.requests.slice(before);
  expect(asked).toHaveLength(1);
  expect(asked[0]!.text).toMatch(
    /"(max_tokens|max_completion_tokens|max_output_tokens|maxOutputTokens|maxTokens)":16\b/,
  );
});
