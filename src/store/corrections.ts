import { CHARGE, type Charge, chargeValues, summed } from "./accounts.ts";
import { after, type Database, type Soon, type Statement } from "./database.ts";
import type { GenerationRow } from "./generations.ts";
import { correctedSums } from "./rollups.ts";
import { correctedTotals } from "./totals.ts";

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

  /**
   * Writes one, with what it adds to the sums and accounts that its row is in. @param along is done in the same breath
   * @returns false where nothing was written: its row is gone, or would have cost less than nothing, or more than `most`
   */
  add(
    one: Correction,
    { row, charges, most }: { row: GenerationRow; charges: readonly Charge[]; most: number },
    along: readonly Statement[] = [],
  ): Soon<boolean> {
    const { id, generationId, cost, reason, createdAt } = one;
    const values = [id, cost, reason, createdAt, generationId, cost, most];
    const spent = summed(charges).map((charge) => ({ sql: CHARGE, values: chargeValues(charge) }));
    const held = this.database.engine === "postgres" ? [{ sql: HOLD, values: [generationId] }] : [];
    const added = this.database.batch([
      ...held,
      { sql: ADD, values, must: true },
      ...correctedSums(row, cost),
      ...correctedTotals(row, cost),
      ...spent,
      ...along,
    ]);
    return after(added, (changed) => changed[held.length] === 1);
  }
}

/** Who corrects the same at the same time comes after, and knows of it. */
const HOLD = "SELECT 1 FROM generations WHERE id = ? FOR UPDATE";
/** What attempts in vain cost on another account stays as it is: a correction is of the account that answered. */
const ADD = `INSERT INTO corrections (id, generation_id, cost, reason, created_at)
  SELECT CAST(? AS TEXT), generations.id, CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT) FROM generations
  WHERE generations.id = ? AND COALESCE(generations.cost, 0) - COALESCE(generations.apart, 0) + CAST(? AS BIGINT)
    + (SELECT CAST(COALESCE(SUM(others.cost), 0) AS BIGINT) FROM corrections AS others WHERE others.generation_id = generations.id)
    BETWEEN 0 AND CAST(? AS BIGINT)`;
