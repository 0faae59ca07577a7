import { PLAYGROUND } from "../access/playground.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { generationLine } from "../ledger/generation-info.ts";
import type { GenerationRow } from "../store/generations.ts";

/** What keys are called: those that are kept, those of the environment, and the playground's. */
export async function keyNamesOf(
  { reports, snapshot }: Pick<Gateway, "reports" | "snapshot">,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const unkept = [PLAYGROUND, ...snapshot.keys.fixed].map(({ id, name }) => [id, name] as const);
  return new Map([...unkept, ...(await reports.keyNames(ids))]);
}

/** A row as lists tell it. @param keyName absent where there is no such key any more @param corrected nanodollars by which its cost was corrected since */
export function listedGeneration(row: GenerationRow, keyName: string | undefined, corrected = 0) {
  return { ...generationLine(row, corrected), ...whose(row, keyName) };
}

/** Of whom it is, and what was asked for. */
export function whose(
  { keyId, team, requested, entity, operation, wire, appUrl }: GenerationRow,
  keyName: string | undefined,
) {
  return {
    api_key_id: keyId,
    api_key_name: keyName ?? null,
    team,
    requested_model: requested,
    operation,
    wire,
    quota_entity_id: entity,
    app_url: appUrl,
  };
}
