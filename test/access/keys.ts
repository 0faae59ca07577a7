import { isObject, type JsonObject } from "../../src/core/json.ts";
import { jsonOf, type RunningGateway } from "../support/gateway.ts";

export const TOKEN = "an-admin-token-of-the-operator";
export const KEYS = "/admin/keys";
export const MODEL = "openai/gpt-5";

/** A call of the admin API. */
export function ask(
  gateway: RunningGateway,
  method: string,
  path: string,
  body?: unknown,
  token: string = TOKEN,
): Promise<Response> {
  return fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

/** A key that is made, with its secret. */
export async function made(
  gateway: RunningGateway,
  told: object = {},
): Promise<{ id: string; key: string } & JsonObject> {
  const reply = await ask(gateway, "POST", KEYS, { name: "test", ...told });
  const body: unknown = await jsonOf(reply);
  if (reply.status !== 201 || !isObject(body)) throw new Error(JSON.stringify(body));
  return body as { id: string; key: string } & JsonObject;
}

export const chat = (model = MODEL, more: object = {}, text = "Hello") => ({
  model,
  messages: [{ role: "user", content: text }],
  ...more,
});

/** A chat completion with a key. */
export function post(gateway: RunningGateway, key: string, body: object = chat(), path = "/v1/chat/completions") {
  return gateway.post(path, body, { authorization: `Bearer ${key}` });
}
