import type { Key } from "../access/keys.ts";
import { type JsonObject, objectAt, stringAt } from "../core/json.ts";
import { dateOf } from "../ledger/stretch.ts";
import type { KeyQuery, KeyRow } from "../store/keys.ts";
import { audit } from "./audit.ts";
import type { Draw, WithBudgets } from "./beside.ts";
import type { KeyUse, KeyUses } from "./contract.ts";
import { budgetsOf, type KeyBudget, mustHaveLimit, readKeyBudget, shownBudgets, withBudget } from "./key-budget.ts";
import { invalid, shownFixed, shownKey } from "./key-told.ts";
import type { MadeKey } from "./keys.ts";
import { flagAsked, limitAsked, mustAskFor, textAsked } from "./question.ts";
import type { AdminCall, Route } from "./routes.ts";
import { answered, ok, type Told, WHOLE } from "./told.ts";

const KEYS = "/admin/keys";
const ONE = `${KEYS}/{id}`;
/** For so long may the secret before a rotation open as well. */
const LONGEST_OVERLAP_S = 30 * 86_400;
/** Keys whose last use is told at once. */
const MOST_USES = 100;

/** Client keys. */
export const KEY_ROUTES: readonly Route[] = [
  { method: "GET", path: KEYS, role: "viewer", takesBody: false, answer: list },
  {
    method: "POST",
    path: KEYS,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { budget, ...told } = call.body;
      const made = await madeKey(call, told, readKeyBudget(budget));
      return { status: 201, body: { ...wholeWith(made.budgets, made.done.row, call.atMs), key: made.done.secret } };
    },
  },
  {
    method: "GET",
    path: ONE,
    role: "viewer",
    takesBody: false,
    async answer(call) {
      const { admin, id } = call;
      const fixed = admin.keys.fixed.find((key) => key.id === id);
      return ok(fixed === undefined ? await whole(call, await admin.keys.find(id)) : await wholeFixed(call, fixed));
    },
  },
  {
    method: "PATCH",
    path: ONE,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, id, atMs, log } = call;
      const { budget, ...members } = call.body;
      const told = readKeyBudget(budget);
      await mustHaveLimit(admin.budgets, id, told, atMs);
      const change = (draw: Draw) => admin.keys.adjust(id, members, atMs, log, draw);
      const { done: row, budgets } = await withBudget(call, id, told, change);
      return ok(wholeWith(budgets, row, atMs));
    },
  },
  { method: "DELETE", path: ONE, role: "admin", takesBody: false, answer: async (call) => ok(await revoked(call)) },
  {
    method: "POST",
    path: `${KEYS}/{key}/rotate`,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, params, atMs, log } = call;
      const overlapMs = overlapOf(call.body) * 1000;
      const change = () => admin.keys.rotate(params.key!, overlapMs, atMs, log);
      const { done, budgets } = await withBudget(call, params.key!, undefined, change);
      return ok({ ...wholeWith(budgets, done.row, atMs), key: done.secret });
    },
  },
  {
    method: "GET",
    path: "/admin/key-uses",
    role: "viewer",
    takesBody: false,
    async answer({ gateway, query }) {
      const ids = idsAsked(query);
      const hours = await gateway.reports.lastHours(ids);
      const data = ids.map((id) => {
        const hour = hours.get(id);
        return { id, last_hour: hour === undefined ? null : dateOf(hour, "hour").hour! } satisfies KeyUse;
      });
      return answered({ object: "list", data, ...WHOLE } satisfies KeyUses);
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
      const leak = await call.admin.keys.leaked(text, call.atMs, call.log);
      if (leak !== undefined && leak.what !== "key" && leak.what !== "previous secret") {
        audit(call, "key.leak", leak.id, { what: leak.what });
        call.gateway.complain("admin", new Error(`${leak.what} was reported to be known to others: change it`));
      }
      return ok({ status: "received" });
    },
  },
];

async function list(call: AdminCall): Promise<Told> {
  const { admin, query } = call;
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
  const { rows, next } = await admin.keys.search({ ...asked, limit });
  // Nobody knows how old those of the environment are: they come last.
  const fixed = next === undefined ? fixedAsked(admin.keys.fixed, asked) : [];
  const data = [...rows.map((row) => whole(call, row)), ...fixed.map((key) => wholeFixed(call, key))];
  const last = next ?? (data.length > limit ? rows.at(-1)!.id : null);
  return ok({
    object: "list",
    data: await Promise.all(data.slice(0, limit)),
    has_more: last !== null,
    next: last,
  });
}

/** Keys of the environment, as far as they are among what is asked for: they have neither team nor owner, and are never shut. */
function fixedAsked(fixed: readonly Key[], { q = "", team, owner, disabled }: Omit<KeyQuery, "limit">) {
  if (team !== undefined || owner !== undefined || disabled === true) return [];
  return fixed.filter(({ id, name }) => [id, name].some((text) => text.toLowerCase().includes(q.toLowerCase())));
}

/** Makes a key with its budget. */
export async function madeKey(call: AdminCall, told: JsonObject, budget: KeyBudget): Promise<WithBudgets<MadeKey>> {
  const { admin, atMs, log } = call;
  const checked = await admin.keys.check(told, atMs);
  await mustHaveLimit(admin.budgets, undefined, budget, atMs);
  const id = admin.keys.newId(atMs);
  return withBudget(call, id, budget ?? undefined, (draw) => admin.keys.make(id, checked, atMs, log, draw));
}

async function whole({ admin, atMs }: AdminCall, row: KeyRow): Promise<JsonObject> {
  return wholeWith(await budgetsOf(admin.budgets, row.id, atMs), row, atMs);
}

function wholeWith(budgets: readonly JsonObject[], row: KeyRow, atMs: number): JsonObject {
  return { ...shownKey(row, atMs), ...shownBudgets(budgets) };
}

async function wholeFixed({ admin, atMs }: AdminCall, key: Key): Promise<JsonObject> {
  return { ...shownFixed(key), ...shownBudgets(await budgetsOf(admin.budgets, key.id, atMs)) };
}

/** Shuts a key for good, and takes its budgets away. */
export async function revoked(call: AdminCall): Promise<JsonObject> {
  const { admin, id, atMs, log } = call;
  await withBudget(call, id, null, (draw) => admin.keys.revoke(id, atMs, log, draw));
  return { id, deleted: true };
}

/** @throws GatewayError `invalid_request` */
function idsAsked(query: URLSearchParams): string[] {
  for (const name of query.keys())
    if (name !== "id") throw invalid(name, `There is no ${JSON.stringify(name.slice(0, 80))} to ask by, only id.`);
  const ids = [...new Set(query.getAll("id").map((id) => id.replaceAll("\0", "\uFFFD")))];
  if (ids.length > MOST_USES) throw invalid("id", `"id" may stand there ${MOST_USES} times.`);
  return ids;
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
