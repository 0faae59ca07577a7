import type { Ask, GatewayFields } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import { snake } from "./provider-options.ts";

/**
 * What a provider keeps lies in an account that all clients of the gateway share: who names it by the provider's id might
 * name what is somebody else's. Only who brings an account of its own may, and is then served by no other.
 * @param named path of the member that does, if any does
 * @returns what of an ask says so
 * @throws GatewayError `unsupported`
 */
export function ownStored(named: string | undefined, { options }: GatewayFields): Pick<Ask, "stored"> {
  if (named === undefined) return {};
  if (isObject(options.byok)) return { stored: named };
  throw sharedStored(named);
}

/** It lies where others may look as well. */
export function sharedStored(named: string): GatewayError {
  const why =
    "What a provider keeps under an id of its own belongs to an account that is shared here: send the content itself";
  // Clients that refer to items of an answer do so because it is kept: the AI SDK's OpenAI provider, unless it is told otherwise.
  const how = /^input\[\d+\]$/.test(named) ? ", as clients do once they are told `store: false`." : ".";
  return new GatewayError("unsupported", `${JSON.stringify(named)} is not supported. ${why}${how}`, { param: named });
}

/** Members of a body in any of the wires that name what a provider keeps. */
const KEPT: ReadonlySet<string> = new Set(["previous_response_id", "conversation", "prompt", "data_sources"]);
/** The same of a tool, or of what it is set up with. */
const KEPT_OF_TOOLS: ReadonlySet<string> = new Set([
  "vector_store_ids",
  "container_id",
  "collection_ids",
  "file_id",
  "file_ids",
  "file_search_store_names",
  "retrieval",
]);

/** Path of the first of a provider's options that names something by a provider's id: laid over the body, it would say so there. */
export function storedInOptions(providerOptions: JsonValue | undefined): string | undefined {
  const all = objectAt(providerOptions);
  for (const provider in all) {
    const options = provider === "gateway" ? undefined : objectAt(all[provider]);
    for (const name in options) {
      const member = snake(name);
      const value = options[name];
      const isStored =
        member === "tools"
          ? (arrayAt(value) ?? [value]).some(isStoredTool)
          : member === "container"
            ? typeof (objectAt(value)?.id ?? value) === "string"
            : KEPT.has(member) && value !== null;
      if (isStored) return `providerOptions.${provider}.${name}`;
    }
  }
  return undefined;
}

/** What a tool is set up with lies in it, or one level deeper under its name; what a function takes is anybody's words. */
function isStoredTool(tool: JsonValue | undefined): boolean {
  if (!isObject(tool)) return false;
  const { function: _, parameters: __, input_schema: ___, ...setup } = tool;
  return [setup, ...Object.values(setup)].some((members) => isObject(members) && namesStored(members));
}

function namesStored(members: JsonObject): boolean {
  return Object.entries(members).some(
    ([name, value]) => KEPT_OF_TOOLS.has(snake(name)) || (name === "container" && typeof value === "string"),
  );
}
