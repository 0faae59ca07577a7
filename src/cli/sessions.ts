import type { JsonObject } from "../core/json.ts";
import { ADMIN_OPTIONS, adminCommand, rowsOf, tableOf } from "./admin-command.ts";

export const sessions = adminCommand({
  many: "sessions",
  one: "session",
  id: "session_",
  path: "/admin/sessions",
  means: "List who is signed in to the dashboard; or end all sessions, and links that nobody has used.",
  options: ADMIN_OPTIONS,
  actions: {
    list: { one: false, ask: () => ({ method: "GET", path: "" }) },
    end: { one: false, ask: () => ({ method: "DELETE", path: "" }) },
  },
  shown,
});

function shown(body: JsonObject): string {
  if (body.ended === true) return "everybody is signed out\n";
  const lines = rowsOf(body).map(({ id, role, how, name, idle_until, expires_at: end }) =>
    [id, role, how, idle_until, end, name ?? "-"].map(String),
  );
  return `${tableOf([["ID", "ROLE", "BY", "UNUSED UNTIL", "AT MOST UNTIL", "NAME"], ...lines]).join("\n")}\n`;
}
