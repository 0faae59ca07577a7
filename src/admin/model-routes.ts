import { GatewayError } from "../core/error.ts";
import type { ModelPage } from "./contract.ts";
import { flagAsked, mustAskFor, textAsked } from "./question.ts";
import type { Route } from "./routes.ts";
import { answered, WHOLE } from "./told.ts";

/** What may be asked for, and who serves it. */
export const MODEL_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/models",
    role: "viewer",
    takesBody: false,
    answer({ admin, query }) {
      mustAskFor(query, ["type", "provider", "served"]);
      const type = textAsked(query, "type");
      const provider = textAsked(query, "provider");
      const served = flagAsked(query, "served");
      const data = admin.insight
        .models()
        .filter(
          (one) =>
            (type === undefined || one.type === type) &&
            (provider === undefined || one.endpoints.some((endpoint) => endpoint.provider === provider)) &&
            (served === undefined || one.is_served === served),
        );
      return answered({ object: "list", data, ...WHOLE } satisfies ModelPage);
    },
  },
  {
    method: "GET",
    path: "/admin/models/{id}",
    role: "viewer",
    takesBody: false,
    answer({ admin, id }) {
      const model = admin.insight.model(id);
      if (model === undefined)
        throw new GatewayError("not_found", `There is no model ${JSON.stringify(id.slice(0, 100))}.`);
      return answered(model);
    },
  },
];
