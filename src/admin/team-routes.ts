import type { Route } from "./routes.ts";
import { shownTeam } from "./teams.ts";
import { ok, WHOLE } from "./told.ts";

const TEAMS = "/admin/teams";
const ONE = `${TEAMS}/{id}`;

/** Groups of keys. */
export const TEAM_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: TEAMS,
    role: "viewer",
    takesBody: false,
    answer: async ({ admin }) => ok({ object: "list", data: (await admin.teams.all()).map(shownTeam), ...WHOLE }),
  },
  {
    method: "POST",
    path: TEAMS,
    role: "admin",
    takesBody: true,
    async answer(call) {
      return { status: 201, body: shownTeam(await call.admin.teams.make(call.body, call.atMs, call.log)) };
    },
  },
  {
    method: "GET",
    path: ONE,
    role: "viewer",
    takesBody: false,
    answer: async ({ admin, id }) => ok(shownTeam(await admin.teams.find(id))),
  },
  {
    method: "PATCH",
    path: ONE,
    role: "admin",
    takesBody: true,
    async answer(call) {
      return ok(shownTeam(await call.admin.teams.adjust(call.id, call.body, call.log)));
    },
  },
  {
    method: "DELETE",
    path: ONE,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const { admin, id, atMs, log } = call;
      await admin.budgets.along({ scope: "team", scopeId: id }, null, atMs, log, (draw) =>
        admin.teams.remove(id, log, draw),
      );
      return ok({ id, deleted: true });
    },
  },
];
