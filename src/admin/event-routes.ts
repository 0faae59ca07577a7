import type { Route } from "./routes.ts";
import { ok } from "./told.ts";

/**
 * Nobody else is to have a connection that nobody watches; and nginx passes on what comes as it comes:
 * https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
 */
const FIELDS = { connection: "close", "x-accel-buffering": "no" };

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
