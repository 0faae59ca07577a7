import { expect } from "bun:test";
import { chat } from "../../test/access/keys.ts";
import type { RunningGateway } from "../../test/support/gateway.ts";
import { screen, within } from "./visitor.tsx";

export const CHAT = "/v1/chat/completions";
export const MODELS = ["openai/gpt-5", "openai/gpt-5-mini"] as const;

/** What there was before somebody looked: three requests, of two models, a tag and an end user; one of the smaller model failed. */
export async function traffic(gateway: RunningGateway): Promise<void> {
  const asked = [
    [chat(MODELS[0], { user: "ada" }, "[sim tokens=400] Hi"), 200],
    [chat(MODELS[1], { tags: ["nightly"] }), 200],
    [chat(MODELS[1], {}, "[sim status=400] Hi"), 400],
  ] as const;
  for (const [body, status] of asked) expect((await gateway.post(CHAT, body)).status).toBe(status);
}

/** What a report has of nothing. */
export const NOTHING = {
  total_cost: 0,
  market_cost: 0,
  surcharge_cost: 0,
  gateway_cost: 0,
  input_tokens: 0,
  output_tokens: 0,
  cached_input_tokens: 0,
  cache_creation_input_tokens: 0,
  reasoning_tokens: 0,
  request_count: 0,
  error_count: 0,
};

export function refused(message: string, status = 400, param?: string): Response {
  const error = { message, code: "invalid_request", ...(param === undefined ? {} : { param }) };
  return Response.json({ error }, { status });
}

const figures = () => within(screen.getByRole("region", { name: "In figures" }));

/** One of the overview's figures, which leads to its requests. */
export const figure = (label: string) => figures().getByRole("link", { name: new RegExp(`^${label}`) });
export const told = (label: string) => figure(label).textContent ?? "";
