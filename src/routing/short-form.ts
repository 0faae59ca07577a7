import { isDeepStrictEqual } from "node:util";
import { GatewayError } from "../core/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { OPTIONS } from "./option.ts";

/** Options that may stand in a top-level `provider` instead (contract 3.1.1), as other gateways have them. */
const SHORT_FORMS = ["sort", "order", "only", "ignore", "allow_fallbacks", "max_price"] as const;

/**
 * The options with those that are told in short. Told both ways, they must be the same (contract 3.1.1).
 * @throws GatewayError `invalid_request`: what is not known there might be a promise that nobody keeps
 */
export function withShortForms(options: JsonObject, provider: JsonValue | undefined): JsonObject {
  if (provider === undefined || provider === null) return options;
  if (!isObject(provider)) throw refused("provider", `"provider" must be an object of ${SHORT_FORMS.join(", ")}.`);
  const all = { ...options };
  for (const [name, value] of Object.entries(provider)) {
    if (value === null) continue;
    const param = `provider.${name}`;
    if (!(SHORT_FORMS as readonly string[]).includes(name)) throw unknown(name, param);
    const other = options[name] ?? null;
    if (other !== null && !isDeepStrictEqual(other, value))
      throw refused(param, `"${param}" and "${OPTIONS}.${name}" must be the same where both are given.`);
    all[name] = value;
  }
  return all;
}

function unknown(name: string, param: string): GatewayError {
  const near = nearest(name, SHORT_FORMS);
  const hint = near === undefined ? `It has ${SHORT_FORMS.join(", ")}` : `Did you mean "${near}"`;
  return refused(
    param,
    `${JSON.stringify(param)} is no option. ${hint}${near === undefined ? `; the others stand in ${OPTIONS}.` : "?"}`,
  );
}

function refused(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
