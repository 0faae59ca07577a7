import type { Settings } from "../../../../../src/admin/contract.ts";

/** Why a request is not there, as far as its id and what is kept can tell. */
export interface Gone {
  /** `foreign`: no request has such an id. */
  readonly why: "foreign" | "future" | "pruned" | "perhaps-pruned" | "unknown";
  /** When it began, in Unix milliseconds; absent where its id does not tell. */
  readonly at?: number;
}

const ID = /^gen_([0-9A-HJKMNP-TV-Z]{10})[0-9A-HJKMNP-TV-Z]{16}$/;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DAY_MS = 86_400_000;
/** What begins a little later by another clock has not begun in the future. */
const AHEAD_MS = 60_000;
const LATEST = Date.UTC(9999, 0);

/** When a request began, as its id tells it: Unix milliseconds. */
export function momentOfId(id: string): number | undefined {
  const [, stamp] = ID.exec(id) ?? [];
  if (stamp === undefined) return undefined;
  const at = [...stamp].reduce((sum, letter) => sum * 32 + CROCKFORD.indexOf(letter), 0);
  return at < LATEST ? at : undefined;
}

/** @param retention `undefined` while it is not known @param now Unix milliseconds */
export function goneOf(id: string, retention: Settings["retention"] | undefined, now: number): Gone {
  const at = momentOfId(id);
  if (at === undefined) return { why: "foreign" };
  if (at > now + AHEAD_MS) return { why: "future", at };
  if (retention !== undefined && at < now - retention.requests_days * DAY_MS) return { why: "pruned", at };
  return { why: retention?.megabytes == null ? "unknown" : "perhaps-pruned", at };
}

/** Half an hour at each side, as the address of the list has it: whole minutes. */
export function around(at: number): { readonly from: string; readonly to: string } {
  const minute = Math.floor(at / 60_000) * 60_000;
  const text = (ms: number) => new Date(Math.max(0, ms)).toISOString();
  return { from: text(minute - 30 * 60_000), to: text(minute + 31 * 60_000) };
}
