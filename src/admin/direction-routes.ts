import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import type { DirectionKind } from "../store/directions.ts";
import { invalid } from "./made-direction.ts";
import type { Route } from "./routes.ts";
import { ok, WHOLE } from "./told.ts";

/** @param named an id for one that comes without */
function routesOf(path: string, kind: DirectionKind, named?: (atMs: number) => string): Route[] {
  const one = `${path}/{id}`;
  return [
    {
      method: "GET",
      path,
      role: "viewer",
      takesBody: false,
      answer: ({ admin }) => ok({ object: "list", data: admin.directions.list(kind), ...WHOLE }),
    },
    {
      method: "POST",
      path,
      role: "admin",
      takesBody: true,
      async answer({ admin, body, atMs, log }) {
        const { id = named?.(atMs), ...value } = body;
        if (typeof id !== "string")
          throw new GatewayError("invalid_request", '"id" must be its name, a text.', { param: "id" });
        return { status: 201, body: await admin.directions.create(kind, id, value, atMs, log) };
      },
    },
    {
      method: "GET",
      path: one,
      role: "viewer",
      takesBody: false,
      answer: ({ admin, id }) => ok(admin.directions.find(kind, id)),
    },
    ...(["PUT", "PATCH"] as const).map(
      (method): Route => ({
        method,
        path: one,
        role: "admin",
        takesBody: true,
        async answer({ admin: { directions }, id, body, log }) {
          const value = withoutId(body, id);
          return ok(
            await (method === "PUT"
              ? directions.replace(kind, id, value, log)
              : directions.adjust(kind, id, value, log)),
          );
        },
      }),
    ),
    {
      method: "DELETE",
      path: one,
      role: "admin",
      takesBody: false,
      async answer({ admin, id, log }) {
        await admin.directions.remove(kind, id, log);
        return ok({ id, deleted: true });
      },
    },
  ];
}

/** A name cannot be changed. */
function withoutId(body: JsonObject, at: string): JsonObject {
  const { id, ...value } = body;
  if (id !== undefined && id !== at)
    throw new GatewayError("invalid_request", '"id" must be the one of the path; to rename it, make another.', {
      param: "id",
    });
  return value;
}

/** Where requests are led. */
export const DIRECTION_ROUTES: readonly Route[] = [
  ...routesOf("/admin/routing-rules", "rule", (atMs) => `rule_${ulid(atMs)}`),
  {
    method: "POST",
    path: "/admin/routing-rules/{id}/move",
    role: "admin",
    takesBody: true,
    async answer({ admin, id, body, log }) {
      const { before, ...others } = body;
      const [stranger] = Object.keys(others);
      if (stranger !== undefined)
        throw invalid(stranger, `There is no ${JSON.stringify(stranger.slice(0, 80))}: only \`before\`.`);
      if (typeof before !== "string" && before !== null)
        throw invalid("before", '"before" must be the id of the rule that it is to stand before; null for the end.');
      return ok(await admin.directions.move(id, before, log));
    },
  },
  ...routesOf("/admin/virtual-models", "virtual_model"),
];
