import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import { isObject, type JsonObject, type JsonValue, present } from "../core/json.ts";
import { redact } from "../core/redact.ts";
import type { AuditQuery, AuditRow } from "../store/audit.ts";
import type { Soon, Statement } from "../store/database.ts";

/** What is told of one thing that was done. */
export interface Note {
  readonly action: string;
  readonly target: string;
  readonly detail?: JsonObject | undefined;
}

/** Where it is kept. */
export interface AuditShelf {
  add(rows: readonly AuditRow[]): Soon<void>;
  line(row: AuditRow): Statement;
  search(query: AuditQuery): Soon<{ rows: AuditRow[]; next?: string }>;
}

/**
 * What is said of a change: the name of the action (`key.create`), the id of what it is done to, and what else should be known of it, such
 * as `before` and `after`. Secrets are taken out. @returns what writes that down; it goes into the batch that makes the change, so that there are both or neither
 */
export type Log = (action: string, target: string, detail?: JsonObject) => readonly Statement[];

/** Of what nobody asked for by way of the admin API. */
export const unlogged: Log = () => [];

/** Notes what an admin call does that changes nothing here, once it is done. Where a call that writes says nothing of it, its method and path are noted. */
export function audit(call: { readonly notes: Note[] }, action: string, target: string, detail?: JsonObject): void {
  call.notes.push({ action, target, detail });
}

/** Who has the admin token. */
export const ADMIN = "admin";
/** Who runs a command beside the database. */
export const OPERATOR = "operator";
/** Who needs to show nothing. */
export const ANYONE = "anyone";

const LONGEST_TARGET = 300;
/** Whoever tries tokens does not fill the log. */
const REFUSED_EVERY_MS = 60_000;
const LONGEST_DETAIL = 16_384;

/** What was done by way of the admin API, and by whom. It only grows. */
export class AuditLog {
  private readonly shelf: AuditShelf;
  private lastMs = 0;
  private refusedMs = 0;
  private refusals = 0;

  constructor(shelf: AuditShelf) {
    this.shelf = shelf;
  }

  /** @param actor who did it; `atMs` Unix milliseconds */
  write(notes: readonly Note[], actor: string, atMs: number): Soon<void> {
    return this.shelf.add(notes.map((note) => this.row(note, actor, atMs)));
  }

  /** Notes that somebody was refused who has not the admin token: the first of a minute, with how many there were since the last that was noted. */
  refused(target: string, atMs: number): Soon<void> {
    this.refusals++;
    if (Math.abs(atMs - this.refusedMs) < REFUSED_EVERY_MS) return;
    const count = this.refusals;
    this.refusals = 0;
    this.refusedMs = atMs;
    return this.write([{ action: "admin.refused", target, detail: { count } }], ANYONE, atMs);
  }

  /** What writes down one thing along with the change that it tells of. */
  line(note: Note, actor: string, atMs: number): Statement {
    return this.shelf.line(this.row(note, actor, atMs));
  }

  private row({ action, target, detail }: Note, actor: string, atMs: number): AuditRow {
    return {
      id: `audit_${ulid(this.nextMs(atMs))}`,
      createdAt: atMs,
      actor,
      action,
      target: withoutSecrets(target).slice(0, LONGEST_TARGET).toWellFormed().replaceAll("\0", "\uFFFD"),
      detail: detail === undefined ? null : textOf(detail),
    };
  }

  /** What is done in one millisecond keeps its order. */
  private nextMs(atMs: number): number {
    this.lastMs = Math.max(atMs, this.lastMs + 1);
    return this.lastMs;
  }

  /** The latest first. @throws GatewayError `invalid_request` for a question that makes no sense */
  async page(asked: URLSearchParams): Promise<JsonObject> {
    const { rows, next } = await this.shelf.search(queryOf(asked));
    return { object: "list", data: rows.map(entryOf), has_more: next !== undefined, next: next ?? null };
  }
}

function entryOf({ id, createdAt, actor, action, target, detail }: AuditRow): JsonObject {
  return {
    id,
    created_at: new Date(createdAt).toISOString(),
    actor,
    action,
    target,
    detail: detail === null ? null : (JSON.parse(detail) as JsonValue),
  };
}

const USUAL = 50;
const MOST = 500;
const ASKED = ["limit", "before", "actor", "action", "target"];

function queryOf(asked: URLSearchParams): AuditQuery {
  for (const name of asked.keys()) {
    if (!ASKED.includes(name)) throw invalid(name, `There is no ${JSON.stringify(name.slice(0, 80))} to ask by.`);
    if (asked.getAll(name).length > 1) throw invalid(name, `${JSON.stringify(name)} stands twice.`);
  }
  const limit = asked.get("limit") ?? String(USUAL);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > MOST)
    throw invalid("limit", `"limit" must be a whole number from 1 to ${MOST}.`);
  const text = (name: string) => asked.get(name)?.replaceAll("\0", "\uFFFD") || undefined;
  return {
    limit: Number(limit),
    before: text("before"),
    actor: text("actor"),
    action: text("action"),
    target: text("target"),
  };
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}

/** Members that hold a secret whatever it looks like. What only names one, such as `secret_file` or `max_tokens`, tells nothing. */
const SECRET_MEMBER =
  /^(api_?key|key|secret|password|token|authorization|credentials?_json|access_key_id|secret_access_key|session_token|admin_token|url|headers)$/i;

/** Without what must never stand here, and never longer than is worth reading. */
function textOf(detail: JsonObject): string {
  const whole = bare(detail);
  const text = JSON.stringify(whole);
  if (text.length <= LONGEST_DETAIL || !isObject(whole)) return text;
  const short = JSON.stringify({ cut: true, ...shortened(whole) });
  return short.length <= LONGEST_DETAIL ? short : JSON.stringify({ cut: true, members: Object.keys(detail) });
}

const LONGEST_MEMBER = 500;

/** Of what was changed what is another now, and of that as much as can be read. */
function shortened(detail: JsonObject): JsonObject {
  const { before, after } = detail;
  const textIn = (side: JsonValue | undefined, name: string) =>
    JSON.stringify(isObject(side) ? (side[name] ?? null) : null);
  const sides = Object.entries(detail).map(([name, side]) => {
    if (!isObject(side)) return [name, cut(side)] as const;
    const isOther = (member: string) =>
      !isObject(before) || !isObject(after) || textIn(before, member) !== textIn(after, member);
    const members = Object.entries(side).filter(([member]) => isOther(member));
    return [name, Object.fromEntries(members.slice(0, 50).map(([member, value]) => [member, cut(value)]))] as const;
  });
  return Object.fromEntries(sides);
}

function cut(value: JsonValue | undefined): JsonValue {
  const text = JSON.stringify(value ?? null);
  return text.length <= LONGEST_MEMBER ? (value ?? null) : `${text.slice(0, LONGEST_MEMBER).toWellFormed()}…`;
}

/** An id of ours, `key_01…`: it is no secret, though it looks like one. */
const OWN_ID = /^[a-z]+_[0-9A-HJKMNP-TV-Z]{26}$/;

function withoutSecrets(text: string): string {
  return OWN_ID.test(text) ? text : redact(text);
}

function bare(value: JsonValue | undefined): JsonValue {
  if (typeof value === "string") return withoutSecrets(value).toWellFormed().replaceAll("\0", "\uFFFD");
  if (Array.isArray(value)) return value.map(bare);
  if (!isObject(value)) return value ?? null;
  const members = Object.entries(present(value)).map(([name, inner]) => [
    name,
    SECRET_MEMBER.test(name) && inner !== null ? "[redacted]" : bare(inner),
  ]);
  return Object.fromEntries(members);
}
