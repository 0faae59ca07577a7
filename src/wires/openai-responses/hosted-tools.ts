import { arrayAt, isObject, type JsonObject } from "../../core/json.ts";
import { count } from "../../core/usage.ts";
import type { CallLimit } from "../wire.ts";

/** Tools that nobody but the client runs. */
const CLIENTS_OWN = /^(function|custom|namespace)$/;
/** A turn has several calls side by side, nobody says how many at the most: counted as so many. */
const CALLS_A_TURN = 3;

/**
 * All tools that the provider runs have one end together, behind which further calls are passed over:
 * https://platform.openai.com/docs/api-reference/responses/create#responses_create-max_tool_calls. At xAI it is one of turns, each of which
 * may have several calls: https://docs.x.ai/developers/tools/tool-usage-details#understanding-turns-vs-tool-calls
 */
export const callLimit: CallLimit = {
  of: "all",
  within(body: JsonObject, { all }, quirks) {
    const isHosted = (tool: unknown) => isObject(tool) && !CLIENTS_OWN.test(String(tool.type));
    if (!(arrayAt(body.tools) ?? []).some(isHosted)) return undefined;
    const [name, most] = quirks.has("turns-not-calls")
      ? ["max_turns", Math.max(1, Math.floor(all / CALLS_A_TURN))]
      : ["max_tool_calls", all];
    return count(body[name]) ? undefined : { body: { ...body, [name]: most }, calls: all };
  },
};
