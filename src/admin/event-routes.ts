import type { Route } from "./routes.ts";
import { ok } from "./told.ts";

/** Nobody else is to have a connection that nobody watches. */
const FIELDS = { connection: "close" };

/** What happens, as it happens. */
export const EVENT_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/events",
    role: "viewer",
    takesBody: false,
    answer({ admin, caller, line }) {
      const content = admin.feed.listen(() => caller.isStillIn(), line, caller.session?.id);
      return { ...ok({}), text: { type: "text/event-stream", content }, fields: FIELDS };
    },
  },
];
