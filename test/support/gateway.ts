import { checkConfig } from "../../src/config/load.ts";
import { IDLE_SECONDS } from "../../src/http/server.ts";
import { createGateway, type Headgate } from "../../src/index.ts";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import type { GenerationRow } from "../../src/store/generations.ts";
import { leave, leaveRefusal, REMAINS } from "./remains.ts";

/** A client key that every gateway under test accepts. */
export const KEY = "test-key";

export interface RunningGateway {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headgate: Headgate;
  /** Stands behind the providers openai, anthropic, groq, mistral and deepseek. */
  readonly simulator: Simulator;
  /** Defects that showed. A test that expects none need not look: `stop` throws if there were any. */
  readonly complaints: unknown[];
  /** A request with the key and a JSON body. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** The row of a generation, once it is written. */
  row(id: string): GenerationRow | undefined;
  /** Requests whose reply has not gone out to the last byte, and whose client is still connected. */
  unread(): number;
  stop(): Promise<void>;
}

export interface GatewayUnderTest {
  /** Laid over a configuration in which five providers lead to the simulator. */
  config?: Record<string, unknown>;
  /** Environment of the gateway: nothing of the machine's own. */
  env?: Record<string, string>;
  /** What one request has learned of providers, the next one knows. Else each is served as if it were the first, and nobody is asked twice. */
  remembers?: boolean;
  /** Unix milliseconds, by which keys end. */
  now?: () => number;
  /** Folder with the dashboard's files. */
  dashboard?: string;
}

/** A gateway on a free port, in memory, whose providers are the simulator. */
export async function startGateway(given: GatewayUnderTest = {}): Promise<RunningGateway> {
  const { config = {}, env = {}, remembers = false, now, dashboard } = given;
  const simulator = startSimulator();
  const complaints: unknown[] = [];
  const { providers: own, ...others } = config as { providers?: Record<string, unknown> };
  const headgate = await createGateway({
    config: checkConfig(
      {
        data: REMAINS === undefined ? ":memory:" : `${REMAINS}/gateway-${crypto.randomUUID()}`,
        ...(remembers ? {} : { retries: { same_endpoint: 0 } }),
        ...others,
        providers: { ...providersAt(simulator.url), ...own },
      },
      "test",
    ),
    env: { AI_GATEWAY_API_KEY: KEY, ...env },
    complain: (_id, cause) => complaints.push(cause),
    ...(now === undefined ? {} : { now }),
    dashboard,
  });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    idleTimeout: IDLE_SECONDS,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch(request, server) {
      if (!remembers) headgate.gateway.health.forget();
      return REMAINS === undefined ? headgate.fetch(request, server) : heard(headgate.fetch(request, server));
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  const authorization = `Bearer ${KEY}`;
  return {
    url,
    headgate,
    simulator,
    complaints,
    post: (path, body, headers) =>
      fetch(url + path, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    get: (path, headers) => fetch(url + path, { headers: { authorization, ...headers } }),
    unread: () => server.pendingRequests,
    // SQLite answers at once.
    row: (id) => headgate.gateway.generations.find(id, "key_environment") as GenerationRow | undefined,
    async stop() {
      if (REMAINS !== undefined)
        leave("numbers", await (await fetch(`${url}/metrics`, { headers: { authorization } })).text());
      await server.stop(true);
      await headgate.close();
      simulator.stop();
      if (complaints.length > 0) throw complaints[0];
    },
  };
}

/** The reply, of which a copy is left where it refuses. */
async function heard(reply: Response | Promise<Response>): Promise<Response> {
  const told = await reply;
  if (told.status >= 400) void leaveRefusal(told.status, [...told.headers], told.clone().text());
  return told;
}

function providersAt(simulator: string): Record<string, unknown> {
  const at = (name: string, path: string) => ({ api_key: `sk-test-${name}`, base_url: `${simulator}/${name}${path}` });
  return {
    openai: at("openai", "/v1"),
    anthropic: at("anthropic", ""),
    groq: at("groq", "/openai/v1"),
    mistral: at("mistral", "/v1"),
    deepseek: at("deepseek", "/v1"),
  };
}

/** The `data:` payloads of an SSE text, in order, `[DONE]` included. */
export function dataOf(sse: string): string[] {
  return sse
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: "))
    .map((frame) => frame.slice(6));
}

/** The chunks of an SSE text, parsed, without `[DONE]`. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
export function chunksOf(sse: string): any[] {
  return dataOf(sse)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data));
}

/** The JSON of a response. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
export async function jsonOf(response: Response): Promise<any> {
  return await response.json();
}
