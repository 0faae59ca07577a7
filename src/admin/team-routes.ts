import { audit } from "./audit.ts";
import type { Route } from "./routes.ts";
import { shownTeam } from "./teams.ts";
import { ok } from "./told.ts";

const TEAMS = "/admin/teams";
const ONE = `${TEAMS}/{id}`;

/** Groups of keys. */
export const TEAM_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: TEAMS,
    role: "admin",
    takesBody: false,
    answer: async ({ admin }) => ok({ object: "list", data: (await admin.teams.all()).map(shownTeam) }),
  },
  {
    method: "POST",
    path: TEAMS,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const shown = shownTeam(await call.admin.teams.make(call.body, call.atMs));
      audit(call, "team.create", String(shown.id), { after: shown });
      return { status: 201, body: shown };
    },
  },
  {
    method: "GET",
    path: ONE,
    role: "admin",
    takesBody: false,
    answer: async ({ admin, id }) => ok(shownTeam(await admin.teams.find(id))),
  },
  {
    method: "PATCH",
    path: ONE,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { before, row } = await call.admin.teams.adjust(call.id, call.body);
      const after = shownTeam(row);
      audit(call, "team.change", row.id, { before: shownTeam(before), after });
      return ok(after);
    },
  },
  {
    method: "DELETE",
    path: ONE,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const row = await call.admin.teams.remove(call.id);
      audit(call, "team.remove", row.id, { name: row.name });
      return ok({ id: row.id, deleted: true });
    },
  },
];
