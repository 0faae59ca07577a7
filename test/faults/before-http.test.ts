import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { type RawServer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { dataOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { codesOf } from "./ledger.ts";
import { closedPort, type DeafPort, deafPort } from "./ports.ts";

const SECRET = "sk-canary-of-the-operator";

const FIXTURES = join(import.meta.dir, "../../src/upstream/fixtures/tls");

let simulator: Simulator;
let deaf: DeafPort;
/** Servers whose certificates do not hold, by what is wrong with them. */
let impostors: Record<string, RawServer>;
/** Faults that happen before there is any HTTP, each a provider of its own. */
let gateway: RunningGateway;

beforeAll(async () => {
  simulator = startSimulator();
  deaf = await deafPort();
  const impostor = (name: string) =>
    startRawServer({ tls: { key: join(FIXTURES, `${name}.key`), cert: join(FIXTURES, `${name}.pem`) } });
  impostors = { "self-signed": impostor("self-signed"), expired: impostor("expired") };
  const provider = (name: string, base_url: string, more: object = {}) => ({
    [name]: { wire: "openai-chat", base_url, api_key: SECRET, models: [{ id: `bad/${name}` }], ...more },
  });
  gateway = await startGateway({
    config: {
      providers: {
        ...provider("refused", `http://127.0.0.1:${closedPort()}/v1`),
        // No label of a name may be so long: nobody needs to be asked to know that there is no such name.
        ...provider("unknown", `http://${"x".repeat(64)}.example/v1`),
        ...provider("deaf", `http://127.0.0.1:${deaf.port}/v1`, { clocks: { connect_ms: 200 } }),
        ...provider("plaintext", `https://127.0.0.1:${simulator.port}/v1`),
        ...provider("self-signed", `${impostors["self-signed"]!.url}/v1`),
        ...provider("expired", `${impostors.expired!.url}/v1`),
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
  deaf.stop();
  for (const server of Object.values(impostors)) server.stop();
});
beforeEach(() => gateway.simulator.forget());

const FAULTS = [
  ["F01 connection refused", "refused", 503, "upstream_unreachable", "ECONNREFUSED"],
  ["F02 no such name", "unknown", 503, "upstream_unreachable", "No connection"],
  ["F03 the connection is never made", "deaf", 504, "upstream_connect_timeout", "200 ms (clock: connect)"],
  ["F04 no TLS at all", "plaintext", 502, "upstream_tls", "did not hold"],
  ["F04 a certificate of its own making", "self-signed", 502, "upstream_tls", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["F04 a certificate that has expired", "expired", 502, "upstream_tls", "CERT_HAS_EXPIRED"],
] as const;

describe.each(FAULTS)("%s", (_, provider, status, code, reason) => {
  const request = (stream: boolean, more: object = {}) => ({
    model: `bad/${provider}`,
    messages: [{ role: "user", content: "[sim tokens=3 mark=b every=0] Hello" }],
    stream,
    ...more,
  });

  test.each([false, true])("without a fallback is told as it is, streamed: %p", async (stream) => {
    const response = await gateway.post("/v1/chat/completions", request(stream));
    const body = await jsonOf(response);
    expect([response.status, body.error.code]).toEqual([status, code]);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(body.error.message).toContain(reason);
    expect(gateway.row(body.generationId)).toMatchObject({ error: code, provider, output: null, cost: null });
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  test.each([false, true])("with one is never noticed, streamed: %p", async (stream) => {
    const response = await gateway.post("/v1/chat/completions", request(stream, { models: ["openai/gpt-4o"] }));
    const text = await response.text();
    expect(response.status).toBe(200);
    const row = gateway.row(response.headers.get("x-request-id")!)!;
    expect(row).toMatchObject({ error: null, model: "openai/gpt-4o", output: 3 });
    expect(codesOf(row)).toEqual([code, null]);
    expect(gateway.simulator.requests).toHaveLength(1);
    if (stream) expect(dataOf(text).at(-1)).toBe("[DONE]");
  });
});

test("nobody was shown a credential who could not prove to be the provider", async () => {
  expect(simulator.counters.requests).toBe(0);
  for (const { lines } of Object.values(impostors)) {
    // Not a byte after the handshake; where the client breaks that off there is not even a line.
    for (const line of lines) expect(line.received).toBe(0);
  }
});
