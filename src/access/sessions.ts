import { createHash, randomBytes } from "node:crypto";
import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import type { Soon, Statement } from "../store/database.ts";
import type { SessionRow, SignInLinkRow } from "../store/sessions.ts";

/** Who is signed in. */
export type Session = Omit<SessionRow, "hash">;

/** A session that has just begun, with the token for the browser: nobody is told it again. */
export interface BegunSession {
  readonly token: string;
  readonly session: Session;
}

/** Where sessions are kept. */
export interface SessionShelf {
  insert(row: SessionRow, along?: readonly Statement[]): Soon<void>;
  insertByLink(row: SessionRow, link: string, nowMs: number, along?: readonly Statement[]): Soon<boolean>;
  find(hash: string): Soon<SessionRow | undefined>;
  all(nowMs: number, seenMs: number): Soon<SessionRow[]>;
  seen(hash: string, atMs: number): Soon<void>;
  remove(hash: string, along?: readonly Statement[]): Soon<boolean>;
  removeOne(id: string, along?: readonly Statement[]): Soon<boolean>;
  removeAll(along?: readonly Statement[]): Soon<number>;
  insertLink(row: SignInLinkRow, along?: readonly Statement[]): Soon<void>;
  findLink(hash: string): Soon<SignInLinkRow | undefined>;
}

export interface SessionsParts {
  readonly shelf: SessionShelf;
  /** What is kept of a token: useless without this installation's secret. */
  hashOf(token: string): string;
  /** The same of the admin token. Sessions that came by another are over. */
  readonly grantor?: string | undefined;
  /** Unix milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** A session that nobody uses for so long is over. */
export const IDLE_MS = 12 * 3_600_000;
/** And each is over at last. */
export const LONGEST_MS = 7 * 24 * 3_600_000;
/** For so long does a link open that is made while the gateway runs; and the one of its first start. */
export const LINK_MS = 15 * 60_000;
export const FIRST_LINK_MS = 24 * 3_600_000;

/** What was read so long ago is read again: so long does a session live on here that was ended at another replica. */
const FRESH_MS = 2000;
/** Where nobody can say whether a session still is, it is for so long, to whom it was a moment ago: an outage is when people look. */
const HELD_MS = 10 * 60_000;
/** When a session was last used is written down this often. */
const SEEN_EVERY_MS = 5 * 60_000;
const REMEMBERED = 1000;
const TOKEN = /^(hgs_[A-Za-z0-9_-]{32})([A-Za-z0-9_-]{11})$/;
const LINK = /^(hgl_[A-Za-z0-9_-]{32})([A-Za-z0-9_-]{11})$/;

/**
 * Who is signed in to the dashboard, and how one gets in. What counts is what is kept. Tokens are 192 bits of chance, and 66 that only this
 * installation can have put behind them: for one that somebody has made up the database is not asked.
 */
export class Sessions {
  private readonly shelf: SessionShelf;
  private readonly hashOf: (token: string) => string;
  private readonly grantor: string | null;
  /** Unix milliseconds. */
  readonly now: () => number;
  private readonly known = new Map<string, { row: SessionRow; readAt: number }>();
  /** How often somebody was signed out here. */
  private ends = 0;

  constructor({ shelf, hashOf, grantor, now = Date.now }: SessionsParts) {
    this.shelf = shelf;
    this.hashOf = hashOf;
    this.grantor = grantor ?? null;
    this.now = now;
  }

  /** @param along what is written in the same breath, of the session that begins */
  async begin(
    who: Pick<Session, "role" | "name" | "how">,
    along: (session: Session) => readonly Statement[],
  ): Promise<BegunSession> {
    const { token, row } = this.made({ ...who, grantor: who.how === "oidc" ? null : this.grantor });
    await this.shelf.insert(row, along(row));
    return { token, session: row };
  }

  /** @throws GatewayError `sign_in_refused` for a link that is unknown, over or used: which of these is told to nobody */
  async beginByLink(link: string, along: (session: Session) => readonly Statement[]): Promise<BegunSession> {
    const hash = this.hashOf(link);
    const found = this.isOurs(link, LINK) ? await this.shelf.findLink(hash) : undefined;
    if (found !== undefined && this.isGranted(found)) {
      const { role, name, grantor } = found;
      const { token, row } = this.made({ role, name, how: "link", grantor });
      if (await this.shelf.insertByLink(row, hash, this.now(), along(row))) return { token, session: row };
    }
    throw new GatewayError("sign_in_refused", "This link was used before, or is over. `headgate link` makes another.");
  }

  /** Whose token this is, who uses it by that; `undefined` for one that opens nothing any more. */
  async find(token: string): Promise<Session | undefined> {
    const row = await this.read(token);
    const now = this.now();
    if (row === undefined || now < row.seenAt + SEEN_EVERY_MS) return row;
    row.seenAt = now;
    try {
      await this.shelf.seen(row.hash, now);
    } catch {
      // Who is in stays in while nothing can be written down. What is read next says how it stands.
    }
    return row;
  }

  /** Whether a token still opens, which is not to use it: nobody may be there who looks at what comes. */
  async holds(token: string): Promise<boolean> {
    return (await this.read(token)) !== undefined;
  }

  private async read(token: string): Promise<SessionRow | undefined> {
    if (!this.isOurs(token, TOKEN)) return undefined;
    const hash = this.hashOf(token);
    const now = this.now();
    let known = this.known.get(hash);
    if (known === undefined || Math.abs(now - known.readAt) >= FRESH_MS) {
      known = await this.readAnew(hash, now);
      if (known === undefined) return undefined;
    }
    const { row } = known;
    if (!this.isGranted(row)) return undefined;
    return now >= row.expiresAt || now >= row.seenAt + IDLE_MS ? undefined : row;
  }

  private async readAnew(hash: string, now: number): Promise<{ row: SessionRow; readAt: number } | undefined> {
    const { ends } = this;
    let row: SessionRow | undefined;
    try {
      row = await this.shelf.find(hash);
      // What was read is older than that somebody was signed out.
      if (this.ends !== ends) return this.readAnew(hash, now);
    } catch (thrown) {
      const held = this.known.get(hash);
      if (held !== undefined && Math.abs(now - held.readAt) < HELD_MS) return held;
      throw thrown;
    }
    this.known.delete(hash);
    if (row === undefined) return undefined;
    if (this.known.size >= REMEMBERED) this.known.clear();
    const read = { row, readAt: now };
    this.known.set(hash, read);
    return read;
  }

  /** Signs out. @param along what is written in the same breath, where there was somebody to sign out */
  async end(token: string, along: readonly Statement[]): Promise<void> {
    const hash = this.hashOf(token);
    await this.shelf.remove(hash, along);
    this.ends++;
    this.known.delete(hash);
  }

  /** Signs out whoever has the session of that id. @returns whether there was one */
  async endOne(id: string, along: readonly Statement[]): Promise<boolean> {
    const isEnded = await this.shelf.removeOne(id, along);
    this.ends++;
    for (const [hash, { row }] of this.known) if (row.id === id) this.known.delete(hash);
    return isEnded;
  }

  /** Signs everybody out, and makes links worthless that nobody has used. @returns how many were signed in, those whose time was over among them */
  async endAll(along: readonly Statement[]): Promise<number> {
    const ended = await this.shelf.removeAll(along);
    this.ends++;
    this.known.clear();
    return ended;
  }

  /** All that are not over, the latest first. */
  async all(): Promise<readonly Session[]> {
    const now = this.now();
    return (await this.shelf.all(now, now - IDLE_MS)).filter((row) => this.isGranted(row));
  }

  /**
   * A link that signs in once.
   * @param milliseconds for how long @param maker who has it made, where that is somebody who is signed in
   * @returns its token, and until when it opens
   */
  async link(
    { role, name }: Pick<Session, "role" | "name">,
    milliseconds: number,
    along: readonly Statement[],
    maker: Pick<Session, "grantor"> = { grantor: this.grantor },
  ): Promise<{ token: string; expiresAt: number }> {
    const token = this.token("hgl_");
    const createdAt = this.now();
    const expiresAt = createdAt + milliseconds;
    const { grantor } = maker;
    await this.shelf.insertLink({ hash: this.hashOf(token), role, name, grantor, createdAt, expiresAt }, along);
    return { token, expiresAt };
  }

  /** Whether what let somebody in still does. */
  private isGranted({ grantor }: Pick<SessionRow, "grantor">): boolean {
    return grantor === null || grantor === this.grantor;
  }

  private made(who: Pick<Session, "role" | "name" | "how" | "grantor">): { token: string; row: SessionRow } {
    const token = this.token("hgs_");
    const now = this.now();
    const times = { createdAt: now, seenAt: now, expiresAt: now + LONGEST_MS };
    return { token, row: { id: `session_${ulid(now)}`, hash: this.hashOf(token), ...who, ...times } };
  }

  private token(kind: string): string {
    const chance = kind + randomBytes(24).toString("base64url");
    return chance + this.proofOf(chance);
  }

  private isOurs(token: string, shape: RegExp): boolean {
    const [, chance, proof] = shape.exec(token) ?? [];
    return chance !== undefined && proof === this.proofOf(chance);
  }

  private proofOf(chance: string): string {
    return createHash("sha256").update(this.hashOf(chance)).digest("base64url").slice(0, 11);
  }
}
