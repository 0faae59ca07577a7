import { PLAYGROUND } from "../access/playground.ts";
import { audit } from "./audit.ts";
import type { Route } from "./routes.ts";
import { ok } from "./told.ts";

/** Where models are tried out. */
export const PLAYGROUND_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/admin/playground/chat/completions",
    role: "admin",
    // It is read as a client's is.
    takesBody: false,
    harmless: true,
    async answer(call) {
      const { caller, query } = call;
      const stays = caller.session === undefined ? undefined : () => caller.isStillIn();
      const reply = await call.infer(PLAYGROUND, { stays, hears: query.get("attempts") === "true" });
      audit(call, "playground.ask", call.requestId);
      return { ...ok({}), reply };
    },
  },
];
