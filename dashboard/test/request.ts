import type { ShownGeneration } from "../../src/admin/contract.ts";
import { ask, chat, made } from "../../test/access/keys.ts";
import { jsonOf, KEY, type RunningGateway } from "../../test/support/gateway.ts";
import { at, screen, type Visit, type Visitor } from "./visitor.tsx";

export const MODEL = "openai/gpt-5";

/** What is asked, beside the usual. */
interface Sent {
  readonly more?: object;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** Asked with a key of its own, made so. */
  readonly key?: { readonly name: string; readonly keep_bodies?: boolean; readonly budget?: object };
}

/** @returns the id of the request, once its answer is read */
export async function send(gateway: RunningGateway, { more = {}, text = "Hello", headers = {}, key }: Sent = {}) {
  const secret = key === undefined ? KEY : (await made(gateway, key)).key;
  const reply = await gateway.post("/v1/chat/completions", chat(MODEL, more, text), {
    authorization: `Bearer ${secret}`,
    ...headers,
  });
  await reply.text();
  return String(reply.headers.get("x-request-id"));
}
export const told = async (gateway: RunningGateway, id: string): Promise<ShownGeneration> =>
  jsonOf(await ask(gateway, "GET", `/admin/generations/${id}`));

/** Sends a request and has somebody look at it. @param some what the gateway is to tell of it otherwise than it is */
export function look(
  does: (visitor: Visitor & { id: string; one: ShownGeneration }) => Promise<void>,
  {
    sent,
    some,
    before,
    standIn,
    ...visit
  }: Omit<Visit, "before"> & {
    sent?: Sent;
    some?: Partial<ShownGeneration>;
    before?: Visit["before"];
  } = {},
): Promise<void> {
  let id = "";
  let running: RunningGateway;
  return at(
    "/start",
    async (visitor) => {
      const one = await told(visitor.gateway, id);
      visitor.history.push(`/requests/${id}`);
      await screen.findByRole("heading", { level: 1, name: "Request" });
      await does({ ...visitor, id, one });
    },
    {
      ...visit,
      standIn: (path, init) =>
        standIn?.(path, init) ??
        (some !== undefined && path === `/admin/generations/${id}`
          ? told(running, id).then((one) => Response.json({ ...one, ...some }))
          : undefined),
      before: async (gateway) => {
        running = gateway;
        await before?.(gateway);
        id = await send(gateway, sent);
        // What was said is written down behind the row.
        while (sent?.key?.keep_bodies === true && !(await told(gateway, id)).has_bodies)
          await new Promise(setImmediate);
      },
    },
  );
}
