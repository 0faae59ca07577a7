import type { GenerationRow } from "../../src/store/generations.ts";
import type { RunningGateway } from "../support/gateway.ts";

/** The rows of a gateway, as they are committed: also those of requests whose client never learned the id. */
export interface LedgerWatch {
  /** Oldest first. */
  readonly rows: readonly GenerationRow[];
  /** The row at this place, as soon as it is committed. */
  at(index: number): Promise<GenerationRow>;
}

/** Watches the ledger from now on. */
export function watchLedger(gateway: RunningGateway): LedgerWatch {
  const { ledger } = gateway.headgate.gateway;
  const write = ledger.write.bind(ledger);
  const rows: GenerationRow[] = [];
  const waiting: { index: number; resolve: (row: GenerationRow) => void }[] = [];
  ledger.write = async (entry) => {
    await write(entry);
    rows.push(entry.row);
    for (const { index, resolve } of waiting) if (index < rows.length) resolve(rows[index]!);
  };
  return {
    rows,
    at(index) {
      const { promise, resolve } = Promise.withResolvers<GenerationRow>();
      if (index < rows.length) resolve(rows[index]!);
      else waiting.push({ index, resolve });
      return promise;
    },
  };
}

/** Codes of the attempts in a row, `null` for one that answered. */
export function codesOf(row: GenerationRow): (string | null)[] {
  return JSON.parse(row.attempts).map(({ error }: { error?: string }) => error ?? null);
}
