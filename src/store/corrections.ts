import { CHARGE, type Charge, chargeValues, summed } from "./accounts.ts";
import { after, type Database, type Soon, type Statement } from "./database.ts";
import type { GenerationRow } from "./generations.ts";
import { correctedSums } from "./rollups.ts";

/** What was found wrong with the cost of a generation later. Rows are never changed: what is to be added to them stands here. */
export interface Correction {
  readonly id: string;
  readonly generationId: string;
  /** Nanodollars to be added; negative where too much was counted. */
  readonly cost: number;
  readonly reason: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

export class CorrectionStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Those of a generation, the earliest first. */
  of(generationId: string): Soon<Correction[]> {
    return this.database.all<Correction>(
      `SELECT id, generation_id AS "generationId", cost, reason, created_at AS "createdAt" FROM corrections
        WHERE generation_id = ? ORDER BY id`,
      [generationId],
    );
  }

  /** Writes one, with what it adds to the sums and accounts that its row is in. @param along is done in the same breath */
  add(one: Correction, row: GenerationRow, charges: readonly Charge[], along: readonly Statement[] = []): Soon<void> {
    const { id, generationId, cost, reason, createdAt } = one;
    const sql = "INSERT INTO corrections (id, generation_id, cost, reason, created_at) VALUES (?, ?, ?, ?, ?)";
    const values = [id, generationId, cost, reason, createdAt];
    const spent = summed(charges).map((charge) => ({ sql: CHARGE, values: chargeValues(charge) }));
    return after(
      this.database.batch([{ sql, values }, ...correctedSums(row, cost), ...spent, ...along]),
      () => undefined,
    );
  }
}
