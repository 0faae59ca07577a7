import type { Database } from "bun:sqlite";

/** A client key, as it is kept: never the key itself. */
export interface KeyRow {
  id: string;
  /** HMAC-SHA-256 of the key under this installation's secret, base64. */
  hash: string;
  name: string;
  /** The first characters, for people to tell keys apart. */
  hint: string;
  /** Unix milliseconds. */
  createdAt: number;
  disabled: boolean;
}

export class KeyStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  insert(row: KeyRow): void {
    this.database
      .query(
        "INSERT INTO keys (id, hash, name, hint, created_at, disabled) VALUES ($id, $hash, $name, $hint, $createdAt, $disabled)",
      )
      .run({ ...row, disabled: row.disabled ? 1 : 0 });
  }

  all(): KeyRow[] {
    const rows = this.database
      .query<{ id: string; hash: string; name: string; hint: string; created_at: bigint; disabled: bigint }, []>(
        "SELECT id, hash, name, hint, created_at, disabled FROM keys",
      )
      .all();
    return rows.map(({ created_at, disabled, ...row }) => ({
      ...row,
      createdAt: Number(created_at),
      disabled: disabled !== 0n,
    }));
  }
}
