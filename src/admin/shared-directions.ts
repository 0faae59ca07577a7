import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isObject, parseJson } from "../core/json.ts";
import type { DirectionRow } from "../store/directions.ts";

/** How one of them is told among replicas: under a name, as a text that begins with its stamp. */
export interface ToldDirection {
  readonly name: string;
  readonly text: string;
}

/** Reads and writes what replicas tell one another of routing rules and virtual models. */
export interface DirectionSeal {
  /** Signed, so that whoever can write there without the admin token can make nobody go anywhere. */
  close(row: DirectionRow): ToldDirection;
  /** `undefined` for what was not signed with this token, or is nonsense. */
  open(told: ToldDirection): DirectionRow | undefined;
}

/**
 * Which of two changes of one thing counts, at whichever replica it was made: the one of more versions, and of as many the one whose
 * stamp is greater, which is the same everywhere.
 */
export function stampOf(row: DirectionRow): string {
  return stamped(row.version, bodyOf(row));
}

/** In which order they stand, at every replica. */
export function inOrder(
  a: Pick<DirectionRow, "place" | "createdAt" | "id">,
  b: Pick<DirectionRow, "place" | "createdAt" | "id">,
): number {
  return a.place - b.place || a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

const STAMP = /^(\d{16})\.[0-9a-f]{16}$/;
const MAC_LENGTH = 64;

export function directionSeal(adminToken: string): DirectionSeal {
  const key = createHmac("sha256", adminToken).update("headgate routing rules and virtual models 1").digest();
  const macOf = (stamp: string, body: string) => createHmac("sha256", key).update(`${stamp} ${body}`).digest("hex");
  return {
    close(row) {
      const body = bodyOf(row);
      const stamp = stamped(row.version, body);
      return { name: nameOf(row), text: `${stamp} ${macOf(stamp, body)} ${body}` };
    },
    open({ name, text }) {
      const end = text.indexOf(" ");
      const stamp = text.slice(0, Math.max(end, 0));
      const mac = text.slice(end + 1, end + 2 + MAC_LENGTH);
      const body = text.slice(end + 2 + MAC_LENGTH);
      const version = Number(STAMP.exec(stamp)?.[1] ?? Number.NaN);
      if (!Number.isSafeInteger(version) || !isSame(mac, `${macOf(stamp, body)} `)) return undefined;
      const row = rowOf(body, version);
      return row !== undefined && nameOf(row) === name ? row : undefined;
    },
  };
}

function nameOf({ kind, id }: DirectionRow): string {
  return JSON.stringify([kind, id]);
}

function bodyOf({ kind, id, value, place, createdAt }: DirectionRow): string {
  return JSON.stringify({ kind, id, value, place, createdAt });
}

function stamped(version: number, body: string): string {
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return `${String(version).padStart(16, "0")}.${digest}`;
}

function isSame(told: string, expected: string): boolean {
  const [a, b] = [Buffer.from(told), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** It was signed, and may still be of another version of the gateway. */
function rowOf(body: string, version: number): DirectionRow | undefined {
  const told = parseJson(body);
  if (!isObject(told)) return undefined;
  const { kind, id, value, place, createdAt } = told;
  if ((kind !== "rule" && kind !== "virtual_model") || typeof id !== "string") return undefined;
  if (!Number.isSafeInteger(place) || !Number.isSafeInteger(createdAt)) return undefined;
  if (value !== null && (typeof value !== "string" || !isObject(parseJson(value)))) return undefined;
  return { kind, id, value, place: place as number, createdAt: createdAt as number, version };
}
