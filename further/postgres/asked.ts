import { type Bank, chat } from "../../test/budgets/support.ts";

/** What an admin is told. @throws Error where it is a refusal */
export async function done({ admin }: Bank, method: string, path: string, told?: object) {
  const { status, body } = await admin(method, path, told);
  if (status > 201) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** What becomes of a request for two cents: its status. */
export async function ask({ gateway }: Bank, key: string): Promise<number> {
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(chat(200)),
  });
  await reply.arrayBuffer();
  return reply.status;
}
