import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { type GatewayUnderTest, jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

export const ADMIN = "admin-token-of-the-tests";
/** A cent for a hundred tokens of output, and nothing for input. */
export const CENT = "lab/cent";
/** The same, and a cent for a hundred tokens of input as well. */
export const BOTH = "lab/both";
/** Somebody wrote that it costs nothing. */
export const GIFT = "lab/gift";
/** Nobody wrote what it costs. */
export const UNPRICED = "lab/unpriced";

export interface Bank {
  readonly gateway: RunningGateway;
  /** Whom the gateway asks for the models of the lab. */
  readonly lab: Simulator;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  /** A new budget, whole as it is told. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  budget(told: Record<string, unknown>): Promise<any>;
  /** What is told of it now: as the database has it, whether or not this gateway holds anybody to it by now. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  state(id: string): Promise<any>;
  stop(): Promise<void>;
}

const MODELS: readonly object[] = [
  { id: CENT, price: { input: 0, output: 100 } },
  { id: BOTH, price: { input: 100, output: 100 } },
  { id: GIFT, price: { input: 0, output: 0 } },
  { id: UNPRICED },
];

/** A gateway with a few models whose prices are easily computed with. */
export async function openBank(given: GatewayUnderTest & { models?: readonly object[] } = {}): Promise<Bank> {
  const { config = {}, models = MODELS, ...more } = given;
  const lab = startSimulator();
  const { providers, ...others } = config as { providers?: Record<string, unknown> };
  const gateway = await startGateway({
    ...more,
    config: {
      admin_token: ADMIN,
      ...others,
      providers: {
        lab: { wire: "openai-chat", api_key: "sk-test-lab", base_url: `${lab.url}/openai/v1`, models },
        ...providers,
      },
    },
  });
  const admin: Bank["admin"] = async (method, path, body) => {
    const answer = await fetch(gateway.url + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: await jsonOf(answer) };
  };
  return {
    gateway,
    lab,
    admin,
    async budget(told) {
      const { status, body } = await admin("POST", "/admin/budgets", told);
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body;
    },
    state: async (id) => (await admin("GET", `/admin/budgets/${id}`)).body,
    async stop() {
      await gateway.stop();
      lab.stop();
    },
  };
}

/** The environment's key, which every gateway under test has. */
export const KEY_BUDGET = { scope: "key", scope_id: "key_environment" };

/** A chat completion that costs so many tokens of output. */
export function chat(tokens: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...say(`[sim tokens=${tokens} every=0]`), max_tokens: tokens, ...more };
}

export function say(content: string, model = CENT): Record<string, unknown> {
  return { model, messages: [{ role: "user", content }] };
}

export { KEY };
