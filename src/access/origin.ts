import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";

/** Whether a page of ours asks; `undefined` where nobody says which page it is, as programs do not. @param own where we are told to be reached */
function isOwnPage(headers: HeaderFields, own: string | undefined): boolean | undefined {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = headers.get("origin");
  if (origin === null) return undefined;
  if (origin === own) return true;
  return URL.canParse(origin) && new URL(origin).host === (headers.get("host") ?? "").toLowerCase();
}

/**
 * Who shows a session changes something only from a page of ours, which says so: whatever else a browser is made to send carries the session too.
 * What is only looked at may also come from the address bar.
 * @throws GatewayError `cross_origin`
 */
export function mustBeOwnPage(headers: HeaderFields, changes: boolean, own: string | undefined): void {
  const isOwn = isOwnPage(headers, own);
  if (isOwn === true || (!changes && (isOwn === undefined || headers.get("sec-fetch-site") === "none"))) return;
  throw foreign(headers);
}

/** The same for who comes in and has no session yet: programs may, pages of others may not. @throws GatewayError `cross_origin` */
export function mustBeNoOtherPage(headers: HeaderFields, own: string | undefined): void {
  if (isOwnPage(headers, own) === false) throw foreign(headers);
}

function foreign(headers: HeaderFields): GatewayError {
  const [origin, host] = [headers.get("origin") ?? "", headers.get("host") ?? ""];
  // Whoever runs a proxy that calls us otherwise is on a page of ours, and is told so.
  const isRenamed = headers.get("sec-fetch-site") === null && URL.canParse(origin);
  const hint = isRenamed
    ? ` This came from a page of ${new URL(origin).origin.slice(0, 200)}, and the gateway was called ${host.slice(0, 200)}: if a proxy stands between them, have it leave \`Host\` as it is, or tell the gateway its \`dashboard.url\`.`
    : "";
  const message = `A session is good for pages of the dashboard alone: send this from there, or show the admin token.${hint}`;
  return new GatewayError("cross_origin", message);
}
