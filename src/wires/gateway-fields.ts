import { type GatewayFields, NO_GATEWAY_FIELDS } from "../core/ask.ts";
import { type JsonObject, objectAt, present } from "../core/json.ts";

/** The gateway's own fields of a body in one of OpenAI's dialects. */
export function gatewayFields(body: JsonObject): GatewayFields {
  const { providerOptions, models, provider, tags, user, caching } = body;
  if (
    providerOptions === undefined &&
    models === undefined &&
    provider === undefined &&
    tags === undefined &&
    user === undefined &&
    caching === undefined
  )
    return NO_GATEWAY_FIELDS;
  return present({
    options: objectAt(objectAt(providerOptions)?.gateway) ?? {},
    models: models ?? undefined,
    provider: provider ?? undefined,
    tags: tags ?? undefined,
    user: user ?? undefined,
    caching: caching ?? undefined,
    cacheTtl: body.cache_ttl ?? undefined,
  });
}
