import { appendFileSync, cpSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** Where tests leave what a gateway has kept and said, for the one that looks for secrets in all of it; else nothing is left. */
export const REMAINS = process.env.HEADGATE_REMAINS;

/** What the database's folder has beside secrets: tables, the log of writes, rows that wait. */
const KEPT = /^(headgate\.db.*|spool-.*)$/;

/** Something that was said. */
export function leave(what: string, text: string): void {
  if (REMAINS !== undefined) appendFileSync(join(REMAINS, `${what}-${process.pid}.txt`), `${text}\n`);
}

/** What a gateway kept in a folder, or below it. */
export function leaveFolder(path: string): void {
  if (REMAINS === undefined) return;
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) {
    if (!KEPT.test(basename(name))) continue;
    const to = join(REMAINS, basename(path), name);
    mkdirSync(join(to, ".."), { recursive: true });
    cpSync(join(path, name), to);
  }
}

/** A refusal, with its head. */
export async function leaveRefusal(status: number, head: readonly (readonly string[])[], body: Promise<string>) {
  leave("refusals", `${status} ${JSON.stringify(head)}\n${await body}`);
}
