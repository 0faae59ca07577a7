import { isKeyShaped, type Key, type KeyRing, keyHint, newKey } from "../access/keys.ts";
import type { KeyTold } from "../config/key.ts";
import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import type { Soon, Statement } from "../store/database.ts";
import type { KeyQuery, KeyRow } from "../store/keys.ts";
import { type Log, unlogged } from "./audit.ts";
import { alone, changing, type Draw, type Renewed } from "./beside.ts";
import { checkedKey, columnsOf, invalid, membersOf, newRow, shownKey } from "./key-told.ts";

/** Where they are kept. */
export interface KeyShelf {
  /** @returns whether there is its team */
  insert(row: KeyRow, along: readonly Statement[]): Soon<boolean>;
  find(id: string): Soon<KeyRow | undefined>;
  replace(row: KeyRow, before: KeyRow, along: readonly Statement[]): Soon<boolean>;
  page(query: KeyQuery): Soon<KeyRow[]>;
  search(query: KeyQuery): Soon<{ rows: KeyRow[]; next?: string }>;
}

export interface KeysParts {
  shelf: KeyShelf;
  /** Those that open, in this process. */
  ring: KeyRing;
  /** Whether there is a team of this id. */
  isTeam(id: string): Soon<boolean>;
  /** Names of providers that anybody knows. */
  providers(): ReadonlyMap<string, unknown>;
  /** Absent where nobody else changes them. */
  renewed?: Renewed | undefined;
}

/** A key with its secret, which is told this once. */
export interface MadeKey {
  readonly row: KeyRow;
  readonly secret: string;
}

/** What was done to a key that was found where it should not be: it is shut, or only the secret before its last rotation is. */
export interface Leak {
  readonly id: string;
  readonly what: "key" | "previous secret" | "a key of the environment" | "the admin token";
}

/** What a key that opens something depends on: its row is written whole, and nothing of it depends on other keys. */
const OPENED = ["budgets"] as const;

/** Changes of one key by several replicas at a time end in their turn. */
const TRIES = 10;

/**
 * The keys that are made while the gateway runs. What is done to one is kept first, and holds from the next request on. Whoever has
 * the admin token may make any key: a key makes none, so none can be given more than its maker has.
 */
export class Keys {
  private readonly parts: KeysParts;
  /** Hashes of what was reported that cannot be shut here. */
  private readonly told = new Set<string>();
  /** The last change: the next one begins when it holds. */
  private turn: Promise<unknown> = Promise.resolve();
  private lastLook: Promise<void> = Promise.resolve();
  private nextLook: Promise<void> | undefined;

  constructor(parts: KeysParts) {
    this.parts = parts;
  }

  /** One that is revoked as well. @throws GatewayError `not_found`, or `invalid_request` for one of the environment */
  async find(id: string): Promise<KeyRow> {
    const row = isKept(id) ? await this.parts.shelf.find(id) : undefined;
    if (row !== undefined) return row;
    if (this.fixed.some((key) => key.id === id))
      throw invalid("id", `The key ${id} stands in the environment: change it there.`);
    throw nothing(id);
  }

  /** Those of the environment, which cannot be changed here. */
  get fixed(): readonly Key[] {
    return this.parts.ring.fixed;
  }

  /** The latest first. */
  page(query: KeyQuery): Soon<KeyRow[]> {
    return this.parts.shelf.page(query);
  }

  /** The latest first, and before which it goes on. */
  search(query: KeyQuery): Soon<{ rows: KeyRow[]; next?: string }> {
    return this.parts.shelf.search(query);
  }

  /** Checks what is told of a key, without making one. @throws GatewayError `invalid_request` */
  async check(told: JsonObject, nowMs: number): Promise<KeyTold> {
    const checked = checkedKey(told);
    mustBeToCome(checked, nowMs);
    await this.mustFit(checked);
    return checked;
  }

  newId(nowMs: number): string {
    return `key_${ulid(nowMs)}`;
  }

  /** @param told as {@link check} gave it; `draw` what is changed along with it, here as below @throws GatewayError `invalid_request` where its team is gone by now */
  async make(id: string, told: KeyTold, nowMs: number, log: Log = unlogged, draw = alone): Promise<MadeKey> {
    const secret = newKey();
    const { ring, shelf, renewed } = this.parts;
    const row = newRow(told, { id, hash: ring.hashOf(secret), hint: keyHint(secret), createdAt: nowMs });
    await this.inTurn(async () => {
      const beside = await draw();
      const made = log("key.create", id, { after: shownKey(row, nowMs) });
      const { mark, take } = await changing(renewed, { keys: 1, budgets: beside.changes }, OPENED);
      if (!(await shelf.insert(row, [...beside.statements, ...made, ...mark]))) throw noTeam(told.team);
      take(() => {
        ring.put(row);
        beside.hold();
      });
    });
    return { row, secret };
  }

  /** Changes some members; `null` takes one away. @throws GatewayError `not_found`, `invalid_request` */
  adjust(id: string, members: JsonObject, nowMs: number, log: Log = unlogged, draw = alone): Promise<KeyRow> {
    const said = (before: KeyRow, row: KeyRow) =>
      log("key.change", id, { before: shownKey(before, nowMs), after: shownKey(row, nowMs) });
    const edit = async (row: KeyRow) => {
      const all = Object.entries({ ...membersOf(row), ...members }).filter(([, value]) => value !== null);
      const told = checkedKey(Object.fromEntries(all));
      // What is not changed may have come to an end, or lost its provider, meanwhile: the key can be shut all the same.
      if (members.expires_at !== undefined) mustBeToCome(told, nowMs);
      const { team, providers } = told;
      await this.mustFit({
        team: members.team === undefined ? undefined : team,
        providers: members.providers === undefined ? undefined : providers,
      });
      return { ...row, ...columnsOf(told) };
    };
    return this.change(id, nowMs, said, edit, draw);
  }

  /** Gives it another secret. @param overlapMs for how long that before opens as well @throws GatewayError `not_found`, `invalid_request` */
  async rotate(id: string, overlapMs: number, nowMs: number, log: Log = unlogged): Promise<MadeKey> {
    const secret = newKey();
    const said = () => log("key.rotate", id, { overlap_seconds: overlapMs / 1000 });
    const row = await this.change(id, nowMs, said, (old) => {
      if (old.leakedAt !== null && overlapMs > 0)
        throw invalid(
          "overlap_seconds",
          "The secret of this key was found where it should not be: it opens nothing any more.",
        );
      return {
        ...old,
        hash: this.parts.ring.hashOf(secret),
        hint: keyHint(secret),
        previousHash: overlapMs > 0 ? old.hash : null,
        previousUntil: overlapMs > 0 ? nowMs + overlapMs : null,
        leakedAt: null,
      };
    });
    return { row, secret };
  }

  /** It opens nothing any more, for good. @throws GatewayError `not_found` */
  revoke(id: string, nowMs: number, log: Log = unlogged, draw = alone): Promise<KeyRow> {
    const shut = { revokedAt: nowMs, previousHash: null, previousUntil: null };
    const said = ({ name }: KeyRow) => log("key.revoke", id, { name });
    return this.change(id, nowMs, said, (row) => ({ ...row, ...shut }), draw);
  }

  /**
   * Shuts what this text opens, at whichever replica. @returns what it was; `undefined` for what opens nothing, and what was told before
   * @throws GatewayError `database_unavailable`
   */
  async leaked(text: string, nowMs: number, log: Log = unlogged): Promise<Leak | undefined> {
    const { ring } = this.parts;
    const hash = ring.hashOf(text);
    if (isKeyShaped(text) && ring.find(text) === undefined) await this.catchUp();
    const key = ring.find(text);
    const isOwn = key !== undefined && isKept(key.id);
    const known = isOwn ? await this.find(key.id) : undefined;
    // Told again it is no news: whoever has it could have it written down without end.
    if (this.told.has(hash) || (known?.leakedAt != null && known.hash === hash)) return undefined;
    if (!isOwn && (key !== undefined || ring.isAdmin(text))) this.told.add(hash);
    if (ring.isAdmin(text)) return { id: "admin", what: "the admin token" };
    if (key === undefined) return undefined;
    if (!isOwn) return { id: key.id, what: "a key of the environment" };
    let isPrevious = false;
    const said = () => log("key.leak", key.id, { what: isPrevious ? "previous secret" : "key" });
    try {
      await this.change(key.id, nowMs, said, (row) => {
        isPrevious = row.hash !== hash;
        if (isPrevious && row.previousHash !== hash) throw nothing(key.id);
        const without = { previousHash: null, previousUntil: null };
        return isPrevious ? { ...row, ...without } : { ...row, ...without, leakedAt: row.leakedAt ?? nowMs };
      });
    } catch (thrown) {
      // Another replica has revoked or rotated it, and this one has not heard of it: it opens nothing any more.
      if (thrown instanceof GatewayError && thrown.code === "not_found") return undefined;
      throw thrown;
    }
    return { id: key.id, what: isPrevious ? "previous secret" : "key" };
  }

  /** What others have changed by now is known here. One look for all who come before it begins: anyone may report what is a key of nobody. */
  private catchUp(): Promise<void> {
    const { renewed } = this.parts;
    this.nextLook ??= this.lastLook.then(() => {
      this.nextLook = undefined;
      const look = renewed?.catchUp() ?? Promise.resolve();
      this.lastLook = look.catch(() => {});
      return look;
    });
    return this.nextLook;
  }

  private change(
    id: string,
    nowMs: number,
    said: (before: KeyRow, row: KeyRow) => readonly Statement[],
    edit: (row: KeyRow) => Soon<KeyRow>,
    draw: Draw = alone,
  ): Promise<KeyRow> {
    const { shelf, ring, renewed } = this.parts;
    return this.inTurn(async () => {
      for (let i = 0; i < TRIES; i++) {
        const before = await this.find(id);
        if (before.revokedAt !== null) throw nothing(id);
        // Later than the change before, whatever the clock says: by this a change that came between is seen.
        const row = { ...(await edit(before)), updatedAt: Math.max(nowMs, (before.updatedAt ?? 0) + 1) };
        const beside = await draw();
        // What shuts waits for nobody.
        const isOpened = opens(row) && (beside.changes > 0 || opensMore(row, before));
        const times = { keys: 1, budgets: beside.changes };
        const { mark, take } = await changing(renewed, times, isOpened ? OPENED : []);
        if (!(await shelf.replace(row, before, [...beside.statements, ...said(before, row), ...mark]))) continue;
        take(() => {
          ring.put(row);
          beside.hold();
        });
        return row;
      }
      throw new GatewayError("internal_error", `The key ${id} is being changed by others all the time.`);
    });
  }

  /** @throws GatewayError for a team or a provider that there is not */
  private async mustFit({ team, providers = [] }: Pick<KeyTold, "team" | "providers">): Promise<void> {
    if (team !== undefined && !(await this.parts.isTeam(team))) throw noTeam(team);
    const known = this.parts.providers();
    for (const name of providers) {
      if (known.has(name)) continue;
      const near = nearest(name, known.keys());
      const hint = near === undefined ? "" : ` Did you mean ${JSON.stringify(near)}?`;
      throw invalid("providers", `Nobody knows a provider ${JSON.stringify(name)}.${hint}`);
    }
  }

  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.turn.then(change);
    this.turn = result.catch(() => {});
    return result;
  }
}

function opens({ disabled, leakedAt, revokedAt }: KeyRow): boolean {
  return !disabled && leakedAt === null && revokedAt === null;
}

/** Whether more may be done by a key than before. */
function opensMore(row: KeyRow, before: KeyRow): boolean {
  const members = ["hash", "team", "owner", "expiresAt", "policy"] as const;
  return !opens(before) || members.some((member) => row[member] !== before[member]);
}

function mustBeToCome({ expires_at }: KeyTold, nowMs: number): void {
  if (expires_at !== undefined && Date.parse(expires_at) <= nowMs)
    throw invalid("expires_at", '"expires_at" must be a time to come; "disabled": true shuts a key at once.');
}

function noTeam(team: string | undefined): GatewayError {
  return invalid("team", `There is no team ${JSON.stringify(team)}.`);
}

/** Whether a key of this id can be among those that are kept. */
function isKept(id: string): boolean {
  return /^key_[0-9A-Z]{26}$/.test(id);
}

function nothing(id: string): GatewayError {
  return new GatewayError("not_found", `There is no key ${JSON.stringify(id.slice(0, 200))}.`, { param: "id" });
}
