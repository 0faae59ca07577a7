import { type Key, keyOf } from "../access/keys.ts";
import { PLAYGROUND } from "../access/playground.ts";
import type { JsonValue } from "../core/json.ts";
import { invalid } from "./key-told.ts";
import type { AdminCall, Route } from "./routes.ts";
import { answered } from "./told.ts";

/** What would become of a request. */
export const PREVIEW_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/admin/preview",
    role: "viewer",
    takesBody: true,
    takesMuch: true,
    harmless: true,
    async answer(call) {
      const { api_key_id: id, ...body } = call.body;
      return answered(await call.admin.insight.preview(await keyAsked(call, id), body, call.atMs));
    },
  },
];

/** Whose request it would be. One that is revoked opens nothing. @throws GatewayError `invalid_request`, `not_found` */
async function keyAsked({ admin: { keys } }: AdminCall, id: JsonValue | undefined): Promise<Key> {
  if (id === undefined || id === PLAYGROUND.id) return PLAYGROUND;
  if (typeof id !== "string" || id === "") throw invalid("api_key_id", '"api_key_id" must be the id of a key.');
  const fixed = keys.fixed.find((key) => key.id === id);
  if (fixed !== undefined) return fixed;
  const row = await keys.find(id);
  const key = keyOf(row);
  return row.revokedAt === null ? key : { ...key, disabled: true };
}
