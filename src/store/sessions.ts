import { after, type Database, type Soon, type Statement } from "./database.ts";

/** Somebody who has signed in to the dashboard. */
export interface SessionRow {
  id: string;
  /** Of the token that the browser has. */
  hash: string;
  role: "admin" | "viewer";
  /** What they are called by, where somebody said. */
  name: string | null;
  /** By which way they came in. */
  how: "link" | "token" | "oidc";
  /** What is kept of the admin token that has let them in, or whoever made their link; `null` where somebody else vouches for them. */
  grantor: string | null;
  /** Unix milliseconds, as all times here. */
  createdAt: number;
  /** When it was last used, give or take some minutes. */
  seenAt: number;
  expiresAt: number;
}

/** A link that signs in once. */
export interface SignInLinkRow {
  hash: string;
  role: SessionRow["role"];
  name: string | null;
  grantor: SessionRow["grantor"];
  createdAt: number;
  expiresAt: number;
}

const SELECT = `SELECT id, hash, role, name, how, grantor, created_at AS "createdAt", seen_at AS "seenAt", expires_at AS "expiresAt" FROM sessions`;
const INSERT = `INSERT INTO sessions (hash, id, role, name, how, grantor, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const LINK = `SELECT hash, role, name, grantor, created_at AS "createdAt", expires_at AS "expiresAt" FROM sign_in_links WHERE hash = ?`;
const INSERT_LINK =
  "INSERT INTO sign_in_links (hash, role, name, grantor, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
const USE_LINK = "DELETE FROM sign_in_links WHERE hash = ? AND expires_at > ?";
const SEEN = "UPDATE sessions SET seen_at = ? WHERE hash = ? AND seen_at < ?";

/** Who is signed in, and the links by which one signs in. Of no token more is kept than its hash. */
export class SessionStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** @param along is done in the same breath, here as below */
  insert(row: SessionRow, along: readonly Statement[] = []): Soon<void> {
    return after(this.database.batch([insertion(row), ...along]), () => undefined);
  }

  /** One that a link opens, which opens nothing more. @returns whether there was such a link: of two who use it at once it opens for one */
  insertByLink(row: SessionRow, link: string, nowMs: number, along: readonly Statement[] = []): Soon<boolean> {
    const used: Statement = { sql: USE_LINK, values: [link, nowMs], must: true };
    return after(this.database.batch([used, insertion(row), ...along]), ([links]) => links === 1);
  }

  find(hash: string): Soon<SessionRow | undefined> {
    return after(this.database.all<SessionRow>(`${SELECT} WHERE hash = ?`, [hash]), ([row]) => row);
  }

  /** All that are not over, the latest first. @param seenMs those that were not used since then are over */
  all(nowMs: number, seenMs: number): Soon<SessionRow[]> {
    const sql = `${SELECT} WHERE expires_at > ? AND seen_at > ? ORDER BY created_at DESC, id DESC`;
    return this.database.all<SessionRow>(sql, [nowMs, seenMs]);
  }

  seen(hash: string, atMs: number): Soon<void> {
    return after(this.database.batch([{ sql: SEEN, values: [atMs, hash, atMs] }]), () => undefined);
  }

  /** @returns whether there was one */
  remove(hash: string, along: readonly Statement[] = []): Soon<boolean> {
    const gone: Statement = { sql: "DELETE FROM sessions WHERE hash = ?", values: [hash], must: true };
    return after(this.database.batch([gone, ...along]), ([rows]) => rows === 1);
  }

  /** The one of that id. @returns whether there was one */
  removeOne(id: string, along: readonly Statement[] = []): Soon<boolean> {
    const gone: Statement = { sql: "DELETE FROM sessions WHERE id = ?", values: [id], must: true };
    return after(this.database.batch([gone, ...along]), ([rows]) => rows === 1);
  }

  /** Of everybody, and links that nobody has used. @returns how many sessions there were */
  removeAll(along: readonly Statement[] = []): Soon<number> {
    const batch = [{ sql: "DELETE FROM sessions" }, { sql: "DELETE FROM sign_in_links" }, ...along];
    return after(this.database.batch(batch), ([rows]) => rows ?? 0);
  }

  insertLink(row: SignInLinkRow, along: readonly Statement[] = []): Soon<void> {
    const { hash, role, name, grantor, createdAt, expiresAt } = row;
    const made: Statement = { sql: INSERT_LINK, values: [hash, role, name, grantor, createdAt, expiresAt] };
    return after(this.database.batch([made, ...along]), () => undefined);
  }

  /** Over or not. */
  findLink(hash: string): Soon<SignInLinkRow | undefined> {
    return after(this.database.all<SignInLinkRow>(LINK, [hash]), ([row]) => row);
  }
}

function insertion({ hash, id, role, name, how, grantor, createdAt, seenAt, expiresAt }: SessionRow): Statement {
  return { sql: INSERT, values: [hash, id, role, name, how, grantor, createdAt, seenAt, expiresAt] };
}
