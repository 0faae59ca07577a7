import { SCOPES, type Scope } from "../access/budget.ts";
import { mustBeThere } from "./budget-owner.ts";
import { figures, invalid } from "./budget-told.ts";
import { keyNamesOf } from "./generation-told.ts";
import { limitAsked, mustAskFor, textAsked } from "./question.ts";
import type { Route } from "./routes.ts";
import { answered, ok } from "./told.ts";

const BUDGETS = "/admin/budgets";
const ONE = `${BUDGETS}/{id}`;

/** Money over time. */
export const BUDGET_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: BUDGETS,
    role: "viewer",
    takesBody: false,
    async answer({ admin, query, atMs }) {
      mustAskFor(query, ["scope", "scope_id", "after", "limit"]);
      const limit = limitAsked(query);
      const owner = { scope: scopeAsked(query), scopeId: textAsked(query, "scope_id") };
      const page = { ...owner, after: textAsked(query, "after"), limit: limit + 1 };
      const found = await admin.budgets.list(page, atMs);
      const data = found.slice(0, limit);
      const more = found.length > limit;
      return ok({ object: "list", data, has_more: more, next: more ? data.at(-1)!.id! : null });
    },
  },
  {
    method: "POST",
    path: BUDGETS,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { admin, body, atMs, log } = call;
      await mustBeThere(admin, body.scope, body.scope_id, "scope_id");
      return { status: 201, body: await admin.budgets.make(body, atMs, log) };
    },
  },
  {
    method: "GET",
    path: ONE,
    role: "viewer",
    takesBody: false,
    answer: async ({ admin, id, atMs }) => ok(await admin.budgets.find(id, atMs)),
  },
  {
    method: "GET",
    path: `${BUDGETS}/{budget}/accounts`,
    role: "viewer",
    takesBody: false,
    async answer({ admin, gateway, params, query, atMs }) {
      mustAskFor(query, ["limit"]);
      const limit = limitAsked(query);
      const found = await admin.budgets.spenders(params.budget!, gateway.reports, limit + 1, atMs);
      const isOfKeys = found[0]?.row.scope === "key";
      const ids = isOfKeys ? found.map(({ scopeId }) => scopeId) : [];
      const names = isOfKeys ? await keyNamesOf(gateway, ids) : undefined;
      const data = found.slice(0, limit).map(({ scopeId, row, spending }) => ({
        scope_id: scopeId,
        name: names?.get(scopeId) ?? null,
        ...figures(row, spending),
      }));
      return answered({ object: "list", data, has_more: found.length > limit, next: null });
    },
  },
  {
    method: "PATCH",
    path: ONE,
    role: "admin",
    takesBody: true,
    async answer(call) {
      return ok(await call.admin.budgets.adjust(call.id, call.body, call.atMs, call.log));
    },
  },
  {
    method: "DELETE",
    path: ONE,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const { id } = await call.admin.budgets.remove(call.id, call.log);
      return ok({ id, deleted: true });
    },
  },
];

/** @throws GatewayError `invalid_request` */
function scopeAsked(query: URLSearchParams): Scope | undefined {
  const told = textAsked(query, "scope");
  const scope = SCOPES.find((one) => one === told);
  if (told !== undefined && scope === undefined) throw invalid("scope", `"scope" must be one of ${SCOPES.join(", ")}.`);
  return scope;
}
