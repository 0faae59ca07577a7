import { after, type Database, type Soon, type Statement, type Value } from "./database.ts";
import { endOf, type Page, pageOf } from "./stretch.ts";
import { heldTeam } from "./teams.ts";

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
  /** From when on it opens nothing any more, for good. It stays, for its name in reports. */
  revokedAt: number | null;
  /** When it was found where it should not be. */
  leakedAt: number | null;
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
  revokedAt: "revoked_at",
  leakedAt: "leaked_at",
} as const satisfies Record<keyof KeyRow, string>;

const MEMBERS = Object.keys(COLUMNS) as (keyof KeyRow)[];
const NAMES = Object.values(COLUMNS).join(", ");
const SELECT = `SELECT ${MEMBERS.map((member) => `${COLUMNS[member]} AS "${member}"`).join(", ")} FROM keys`;
const PLACES = MEMBERS.map(() => "?").join(", ");
const INSERT = `INSERT INTO keys (${NAMES}) VALUES (${PLACES})`;
/** Setting that says which key was the first. */
const FIRST = "first_key";

/** In which of 256 parts of the table a key is, whatever its id. */
const PART = "(hashtext(id) & 255)";
/** What a row says, and what the rows of a part say together. No MD5: a server that keeps to FIPS has none. */
const SAID = "CAST(hashtextextended(CAST(keys AS TEXT), 0) AS TEXT)";
const OF_ALL = `CAST(hashtextextended(STRING_AGG(${SAID}, ',' ORDER BY id), 0) AS TEXT)`;
const PARTS = `SELECT ${PART} AS part, ${OF_ALL} AS print FROM keys GROUP BY 1`;
const WHOLE = `PARTITION BY ${PART} ORDER BY keys.id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING`;
const IN_PARTS = `${SELECT.replace(
  " FROM keys",
  `, ${PART} AS part, CAST(hashtextextended(STRING_AGG(${SAID}, ',') OVER (${WHOLE}), 0) AS TEXT) AS print FROM keys`,
)} WHERE ${PART} = ANY(CAST(CAST(? AS TEXT) AS INTEGER[]))`;

/** One key, where it is in the table of PostgreSQL. */
export interface KeyPart {
  readonly row: KeyRow;
  readonly part: number;
  /** What all of that part said together when it was read. */
  readonly print: string;
}

type Kept = Omit<KeyRow, "disabled"> & { disabled: number };

/** Which rows are wanted. */
export interface KeyQuery {
  readonly limit: number;
  /** Only those that were made before this one. */
  readonly before?: string | undefined;
  /** And none before this one. */
  readonly from?: string | undefined;
  readonly team?: string | undefined;
  readonly owner?: string | undefined;
  readonly disabled?: boolean | undefined;
  /** Revoked ones as well. */
  readonly revoked?: boolean | undefined;
  readonly q?: string | undefined;
}

export class KeyStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** @param along is done in the same breath, here as below @returns whether there is its team @throws where there is one of that id or hash */
  insert(row: KeyRow, along: readonly Statement[] = []): Soon<boolean> {
    const insertion: Statement = { sql: INSERT, values: valuesOf(row), must: true };
    const team = row.team === null ? [] : [heldTeam(row.team)];
    return after(this.database.batch([...team, insertion, ...along]), ([first]) => first === 1);
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

  /** Revoked ones as well. */
  all(): Soon<KeyRow[]> {
    return this.rows(`${SELECT} ORDER BY id`, []);
  }

  /** What stands in each part of the table, added up. PostgreSQL's. */
  parts(): Soon<{ part: number; print: string }[]> {
    return this.database.all(PARTS);
  }

  /** All keys of some parts. PostgreSQL's. */
  inParts(parts: readonly number[]): Soon<KeyPart[]> {
    return after(this.database.all<Kept & KeyPart>(IN_PARTS, [`{${parts.join()}}`]), (rows) =>
      rows.map(({ part, print, ...row }) => ({ row: { ...row, disabled: row.disabled === 1 }, part, print })),
    );
  }

  find(id: string): Soon<KeyRow | undefined> {
    return after(this.rows(`${SELECT} WHERE id = ?`, [id]), ([row]) => row);
  }

  /** Says all of it anew. @returns whether it was still as `before` says, and there is the team that it moves to: else nothing is changed */
  replace(row: KeyRow, before: KeyRow, along: readonly Statement[] = []): Soon<boolean> {
    const { id, ...members } = COLUMNS;
    const names = Object.keys(members) as Exclude<keyof KeyRow, "id">[];
    const sql = `UPDATE keys SET ${names.map((name) => `${COLUMNS[name]} = ?`).join(", ")}
      WHERE ${id} = ? AND hash = ? AND COALESCE(updated_at, 0) = ? AND revoked_at IS NULL`;
    const values = [
      ...names.map((name) => columnOf(row[name])),
      before.id,
      before.hash,
      // Of two changes in one millisecond the second would not be seen: whoever makes rows lets their times grow.
      before.updatedAt ?? 0,
    ];
    const team = row.team === null || row.team === before.team ? [] : [heldTeam(row.team)];
    return after(this.database.batch([...team, { sql, values, must: true }, ...along]), ([first]) => first === 1);
  }

  /** A page, and where it goes on: what is asked for may be nowhere, and is looked for in one stretch at a time. */
  search(query: KeyQuery): Soon<Page<KeyRow>> {
    const { limit } = query;
    return after(endOf(this.database, "keys", query), (end) =>
      after(this.page({ ...query, from: end, limit: limit + 1 }), (found) => pageOf(found, limit, end)),
    );
  }

  /** The latest first. Texts are compared as they stand, but for `q`: a part of a name, an id, an owner or a hint, in letters of any size. */
  page({ limit, before, from, team, owner, disabled, revoked, q }: KeyQuery): Soon<KeyRow[]> {
    const conditions: [sql: string, ...values: Value[]][] = [];
    if (before !== undefined) conditions.push(["id < ?", before]);
    if (from !== undefined) conditions.push(["id >= ?", from]);
    if (team !== undefined) conditions.push(["team = ?", team]);
    if (owner !== undefined) conditions.push(["owner = ?", owner]);
    if (disabled !== undefined) conditions.push(["disabled = ?", Number(disabled)]);
    if (revoked !== true) conditions.push(["revoked_at IS NULL"]);
    if (q !== undefined) {
      const like = `%${smallOf(q).replace(/[!%_]/g, "!$&")}%`;
      const parts = ["name", "id", "COALESCE(owner, '')", "hint"].map((part) => `LOWER(${part}) LIKE ? ESCAPE '!'`);
      conditions.push([`(${parts.join(" OR ")})`, like, like, like, like]);
    }
    const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([sql]) => sql).join(" AND ")}`;
    const values = conditions.flatMap(([, ...values]) => values);
    return this.rows(`${SELECT}${where} ORDER BY id DESC LIMIT ?`, [...values, limit]);
  }

  private rows(sql: string, values: readonly Value[]): Soon<KeyRow[]> {
    return after(this.database.all<Kept>(sql, values), (rows) =>
      rows.map((row) => ({ ...row, disabled: row.disabled === 1 })),
    );
  }
}

/** As both engines do it: what is beyond ASCII they leave as it is. */
function smallOf(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function valuesOf(row: KeyRow): Value[] {
  return MEMBERS.map((member) => columnOf(row[member]));
}

function columnOf(value: string | number | boolean | null): Value {
  return typeof value === "boolean" ? Number(value) : value;
}
