import type { Route } from "./routes.ts";

export const AUDIT_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/audit",
    role: "viewer",
    takesBody: false,
    answer: async ({ admin, query }) => ({ status: 200, body: await admin.audit.page(query) }),
  },
];
