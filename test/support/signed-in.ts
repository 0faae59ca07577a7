import { ask } from "../access/keys.ts";
import { jsonOf, type RunningGateway } from "./gateway.ts";

/** What a page of the gateway's own sends along. */
export const OWN_PAGE = { "sec-fetch-site": "same-origin", "content-type": "application/json" };

/** The token of a link that signs in once. */
export async function linked(gateway: RunningGateway, told: object = {}): Promise<string> {
  const reply = await ask(gateway, "POST", "/admin/sign-in-links", told);
  return String((await jsonOf(reply)).path).replace("/#sign-in=", "");
}

export function signIn(gateway: RunningGateway, told: object, fields: Record<string, string> = {}): Promise<Response> {
  const headers = { ...OWN_PAGE, ...fields };
  return fetch(`${gateway.url}/admin/session`, { method: "POST", headers, body: JSON.stringify(told) });
}

/** The cookies that a reply sets, as they are sent back. */
export function cookiesOf(reply: Response): string {
  const kept = reply.headers.getSetCookie().filter((one) => !/; Max-Age=0;/.test(one));
  return kept.map((one) => one.split(";")[0]).join("; ");
}

/** The cookie of who has signed in by a link. */
export async function signedIn(gateway: RunningGateway, role: "admin" | "viewer" = "admin", name?: string) {
  const link = await linked(gateway, { role, ...(name === undefined ? {} : { name }) });
  return cookiesOf(await signIn(gateway, { link }));
}
