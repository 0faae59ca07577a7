import type { Route } from "./routes.ts";
import { answered } from "./told.ts";

/** What is in force. */
export const SETTING_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/settings",
    role: "viewer",
    takesBody: false,
    answer: async ({ admin }) => answered(await admin.settings()),
  },
];
