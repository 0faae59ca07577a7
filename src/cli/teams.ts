import { type JsonObject, jsonObject } from "../core/json.ts";
import { ADMIN_OPTIONS, adminCommand, rowsOf, tableOf } from "./admin-command.ts";

export const teams = adminCommand({
  many: "teams",
  one: "team",
  id: "team_",
  path: "/admin/teams",
  means: "List, create, show, edit or remove teams, which are groups of keys. The budgets of one go with it.",
  options: { ...ADMIN_OPTIONS, name: { type: "string", value: "text", means: "create, edit: what people call it." } },
  actions: {
    list: { one: false, ask: () => ({ method: "GET", path: "" }) },
    create: { one: false, ask: ({ name }) => ({ method: "POST", path: "", body: jsonObject({ name }) }) },
    show: { one: true, ask: (_, id) => ({ method: "GET", path: `/${id}` }) },
    edit: { one: true, ask: ({ name }, id) => ({ method: "PATCH", path: `/${id}`, body: jsonObject({ name }) }) },
    remove: { one: true, ask: (_, id) => ({ method: "DELETE", path: `/${id}` }) },
  },
  shown,
});

/** For people: one team a line. */
function shown(body: JsonObject): string {
  if (body.deleted === true) return `${body.id} removed\n`;
  const rows = rowsOf(body).map(({ id, created_at: made, name }) => [String(id), String(made), String(name)]);
  return `${tableOf([["ID", "CREATED", "NAME"], ...rows]).join("\n")}\n`;
}
