import { after, type Database, type Soon, type Value } from "./database.ts";

/** A client key, as it is kept: never the key itself. */
export interface KeyRow {
  id: string;
  /** HMAC-SHA-256 of the key under this installation's secret, base64. */
  hash: string;
  name: string;
  /** The first characters, for people to tell keys apart. */
  hint: string;
  /** Unix milliseconds, as all times here. */
  createdAt: number;
  disabled: boolean;
  owner: string | null;
  team: string | null;
  expiresAt: number | null;
  /** JSON: what whoever has it may do. */
  policy: string | null;
  /** JSON */
  metadata: string | null;
  updatedAt: number | null;
  /** The secret before its last rotation, and until when that opens as well. */
  previousHash: string | null;
  previousUntil: number | null;
}

const COLUMNS = {
  id: "id",
  hash: "hash",
  name: "name",
  hint: "hint",
  createdAt: "created_at",
  disabled: "disabled",
  owner: "owner",
  team: "team",
  expiresAt: "expires_at",
  policy: "policy",
  metadata: "metadata",
  updatedAt: "updated_at",
  previousHash: "previous_hash",
  previousUntil: "previous_until",
} as const satisfies Record<keyof KeyRow, string>;

const MEMBERS = Object.keys(COLUMNS) as (keyof KeyRow)[];
const NAMES = Object.values(COLUMNS).join(", ");
const SELECT = `SELECT ${MEMBERS.map((member) => `${COLUMNS[member]} AS "${member}"`).join(", ")} FROM keys`;
const PLACES = MEMBERS.map(() => "?").join(", ");
const INSERT = `INSERT INTO keys (${NAMES}) VALUES (${PLACES})`;
/** Setting that says which key was the first. */
const FIRST = "first_key";

type Kept = Omit<KeyRow, "disabled"> & { disabled: number };

export class KeyStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** @throws where there is one of that id or hash */
  insert(row: KeyRow): Soon<void> {
    return after(this.database.batch([{ sql: INSERT, values: valuesOf(row) }]), () => undefined);
  }

  /**
   * The first key of an installation, with settings that are made along with it: once, though many replicas begin at the same moment.
   * @returns whether it was this one
   */
  insertFirst(row: KeyRow, settings: readonly (readonly [name: string, value: string])[]): Soon<boolean> {
    const { id } = row;
    const isOurs = "EXISTS (SELECT 1 FROM settings WHERE name = ? AND value = ?)";
    const ours = [FIRST, id];
    return after(
      this.database.batch([
        { sql: "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", values: ours },
        { sql: `INSERT INTO keys (${NAMES}) SELECT ${PLACES} WHERE ${isOurs}`, values: [...valuesOf(row), ...ours] },
        ...settings.map((setting) => ({
          sql: `INSERT INTO settings (name, value) SELECT CAST(? AS TEXT), CAST(? AS TEXT) WHERE ${isOurs}
            ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
          values: [...setting, ...ours],
        })),
      ]),
      ([, keys]) => keys === 1,
    );
  }

  all(): Soon<KeyRow[]> {
    return after(this.database.all<Kept>(`${SELECT} ORDER BY id`), (rows) =>
      rows.map((row) => ({ ...row, disabled: row.disabled === 1 })),
    );
  }
}

function valuesOf(row: KeyRow): Value[] {
  return MEMBERS.map((member) => {
    const value = row[member];
    return typeof value === "boolean" ? Number(value) : value;
  });
}
