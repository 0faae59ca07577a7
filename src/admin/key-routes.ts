import { type JsonObject, objectAt, stringAt } from "../core/json.ts";
import { audit } from "./audit.ts";
import { invalid, shownKey } from "./key-told.ts";
import { flagAsked, limitAsked, mustAskFor, textAsked } from "./question.ts";
import type { AdminCall, Route, Told } from "./routes.ts";

const KEYS = "/admin/keys";
const ONE = `${KEYS}/{id}`;
/** For so long may the secret before a rotation open as well. */
const LONGEST_OVERLAP_S = 30 * 86_400;

/** Client keys. */
export const KEY_ROUTES: readonly Route[] = [
  { method: "GET", path: KEYS, role: "admin", takesBody: false, answer: list },
  {
    method: "POST",
    path: KEYS,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, body, atMs } = call;
      const told = await admin.keys.check(body, atMs);
      const { row, secret } = await admin.keys.make(admin.keys.newId(atMs), told, atMs);
      const shown = shownKey(row, atMs);
      audit(call, "key.create", row.id, { after: shown });
      return { status: 201, body: { ...shown, key: secret } };
    },
  },
  {
    method: "GET",
    path: ONE,
    role: "admin",
    takesBody: false,
    answer: async ({ admin, id, atMs }) => ok(shownKey(await admin.keys.find(id), atMs)),
  },
  {
    method: "PATCH",
    path: ONE,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, id, body, atMs } = call;
      const { before, row } = await admin.keys.adjust(id, body, atMs);
      const after = shownKey(row, atMs);
      audit(call, "key.change", id, { before: shownKey(before, atMs), after });
      return ok(after);
    },
  },
  { method: "DELETE", path: ONE, role: "admin", takesBody: false, answer: async (call) => ok(await revoked(call)) },
  {
    method: "POST",
    path: `${KEYS}/{key}/rotate`,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, params, atMs } = call;
      const overlap = overlapOf(call.body);
      const { row, secret } = await admin.keys.rotate(params.key!, overlap * 1000, atMs);
      audit(call, "key.rotate", row.id, { overlap_seconds: overlap });
      return ok({ ...shownKey(row, atMs), key: secret });
    },
  },
  {
    method: "POST",
    path: "/external/compromised_secret",
    role: "anyone",
    takesBody: true,
    // The same answer for everything that could be a key: nobody learns here which there are.
    async answer(call) {
      const text = stringAt(objectAt(call.body.secret)?.api_key);
      if (text === undefined || text === "" || text.length > 1000)
        throw invalid("secret.api_key", 'Send the key that was found, as {"secret": {"api_key": "hg_…"}}.');
      const leak = await call.admin.keys.leaked(text, call.atMs);
      if (leak !== undefined) {
        audit(call, "key.leak", leak.id, { what: leak.what });
        if (leak.what !== "key" && leak.what !== "previous secret")
          call.gateway.complain("admin", new Error(`${leak.what} was reported to be known to others: change it`));
      }
      return ok({ status: "received" });
    },
  },
];

async function list({ admin, query, atMs }: AdminCall): Promise<Told> {
  mustAskFor(query, ["limit", "before", "q", "team", "owner", "disabled", "revoked"]);
  const limit = limitAsked(query);
  const [disabled, revoked] = [flagAsked(query, "disabled"), flagAsked(query, "revoked")];
  const asked = {
    before: textAsked(query, "before"),
    q: textAsked(query, "q"),
    team: textAsked(query, "team"),
    owner: textAsked(query, "owner"),
    disabled,
    revoked,
  };
  // One more than is told: whether there is any is worth a word.
  const rows = await admin.keys.page({ ...asked, limit: limit + 1 });
  const told = rows.slice(0, limit);
  const more = rows.length > limit;
  return ok({
    object: "list",
    data: told.map((row) => shownKey(row, atMs)),
    has_more: more,
    next: more ? told.at(-1)!.id : null,
  });
}

/** Shuts a key for good. */
export async function revoked(call: AdminCall): Promise<JsonObject> {
  const { admin, id, atMs } = call;
  const row = await admin.keys.revoke(id, atMs);
  audit(call, "key.revoke", row.id, { name: row.name });
  return { id, deleted: true };
}

function overlapOf(body: JsonObject): number {
  const { overlap_seconds: overlap = 0, ...others } = body;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined)
    throw invalid(
      stranger,
      `There is no ${JSON.stringify(stranger.slice(0, 80))} here: a rotation takes "overlap_seconds".`,
    );
  if (typeof overlap !== "number" || !Number.isInteger(overlap) || overlap < 0 || overlap > LONGEST_OVERLAP_S)
    throw invalid("overlap_seconds", `"overlap_seconds" must be a whole number from 0 to ${LONGEST_OVERLAP_S}.`);
  return overlap;
}

function ok(body: JsonObject): Told {
  return { status: 200, body };
}
