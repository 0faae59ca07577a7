import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { isObject, parseJson, stringAt } from "../core/json.ts";
import type { GenerationStore } from "../store/generations.ts";

/** The member in which a client names the answer that it goes on from. */
const PARAM = "previous_response_id";

/**
 * A request that goes on from an answer which a provider keeps, under the provider's own id for it, and bound to that provider. Any other
 * request as it is.
 * @throws GatewayError `not_found` for what this key has not been told, `unsupported` where nobody keeps it
 */
export async function continued(generations: GenerationStore, keyId: string, ask: Ask): Promise<Ask> {
  const { continues } = ask;
  if (continues === undefined) return ask;
  const row = await generations.find(continues.id, keyId);
  if (row === undefined)
    throw new GatewayError("not_found", `${PARAM}: this key has no response ${JSON.stringify(continues.id)}.`, {
      param: PARAM,
    });
  const attempts = parseJson(row.attempts);
  const last = Array.isArray(attempts) ? attempts.at(-1) : undefined;
  const kept = isObject(last) && row.wire === "openai-responses" && row.mode === "relay" && row.error === null;
  const upstreamId = kept ? stringAt(last.upstreamId) : undefined;
  if (upstreamId === undefined || row.provider === null)
    throw new GatewayError(
      "unsupported",
      `Nobody keeps the response ${JSON.stringify(continues.id)}: its provider has another API, or it failed. Send the conversation in \`input\`.`,
      { param: PARAM },
    );
  const body = { ...ask.body, [PARAM]: upstreamId };
  const { provider, byok } = row;
  const account = isObject(last) ? stringAt(last.account) : undefined;
  return { ...ask, body, continues: { ...continues, provider, byok, account }, ...(byok ? { stored: PARAM } : {}) };
}
