import type { JsonObject } from "../core/json.ts";
import { ADMIN_OPTIONS, adminCommand, rowsOf, tableOf } from "./admin-command.ts";
import { UsageError } from "./usage.ts";

const OPTIONS = {
  ...ADMIN_OPTIONS,
  all: { type: "boolean", means: "end: everybody's, and links that nobody has used." },
} as const;

export const sessions = adminCommand({
  many: "sessions",
  one: "session",
  id: "session_",
  path: "/admin/sessions",
  means: "List who is signed in to the dashboard; or end one session, or all.",
  options: OPTIONS,
  actions: {
    list: { one: false, ask: () => ({ method: "GET", path: "" }) },
    end: {
      one: "perhaps",
      ask({ all }, id) {
        if ((id === "") !== (all === true))
          throw new UsageError("sessions end wants the id of a session, session_…, behind it, or --all");
        return { method: "DELETE", path: id === "" ? "" : `/${id}` };
      },
    },
  },
  shown,
});

function shown(body: JsonObject): string {
  if (body.ended === true) return body.object === "session" ? `${body.id} is ended\n` : "everybody is signed out\n";
  const lines = rowsOf(body).map(({ id, role, how, name, idle_until, expires_at: end }) =>
    [id, role, how, idle_until, end, name ?? "-"].map(String),
  );
  return `${tableOf([["ID", "ROLE", "BY", "UNUSED UNTIL", "AT MOST UNTIL", "NAME"], ...lines]).join("\n")}\n`;
}
