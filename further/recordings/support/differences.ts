import { expect } from "bun:test";
import { isObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";

/** Where two bodies say something else. */
export interface Difference {
  /** `messages[].content[].text`: places in a list are left out. */
  readonly at: string;
  readonly theirs: JsonValue | undefined;
  readonly ours: JsonValue | undefined;
}

/** Where `ours` is not `theirs`, field by field. Lists of different lengths differ as a whole. */
export function differences(theirs: JsonValue | undefined, ours: JsonValue | undefined, at = ""): Difference[] {
  if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length)
    return theirs.flatMap((each, i) => differences(each, ours[i], `${at}[]`));
  if (isObject(theirs) && isObject(ours)) {
    const names = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
    return [...names].flatMap((name) => differences(theirs[name], ours[name], at === "" ? name : `${at}.${name}`));
  }
  return Object.is(theirs, ours) || (isObject(theirs) && Bun.deepEquals(theirs, ours)) ? [] : [{ at, theirs, ours }];
}

/** A row of a written list: what may differ, and why. */
export interface Allowance<Case> {
  /** Why it is no loss. */
  readonly why: string;
  readonly at: RegExp;
  when?(difference: Difference, of: Case): boolean;
}

/** A row for what changes more than one place: the same body as it is expected to be written; `undefined` where the row has no say. */
export interface Rewrite<Case> {
  readonly why: string;
  rewrite(body: JsonObject, of: Case): JsonObject | undefined;
}

/** Holds cases against a written list, and the list against the cases. */
export class Allowances<Case> {
  private readonly rows: readonly Allowance<Case>[];
  private readonly rewrites: readonly Rewrite<Case>[];
  private readonly unused: Set<{ why: string }>;

  constructor(rows: readonly Allowance<Case>[], rewrites: readonly Rewrite<Case>[]) {
    this.rows = rows;
    this.rewrites = rewrites;
    this.unused = new Set([...rows, ...rewrites]);
  }

  /** What is expected of this body. */
  rewritten(body: JsonObject, of: Case): JsonObject {
    let expected = body;
    for (const row of this.rewrites) {
      const next = row.rewrite(expected, of);
      if (next === undefined) continue;
      this.unused.delete(row);
      expected = next;
    }
    return expected;
  }

  /** @throws where something differs that no row allows */
  mustCover(found: readonly Difference[], of: Case): void {
    const left = found.filter((difference) => {
      const rows = this.rows.filter((row) => row.at.test(difference.at) && row.when?.(difference, of) !== false);
      for (const row of rows) this.unused.delete(row);
      return rows.length === 0;
    });
    expect(left).toEqual([]);
  }

  /** @throws where there is a row that nothing needed: it has to go */
  mustAllBeNeeded(): void {
    expect([...this.unused].map(({ why }) => why)).toEqual([]);
  }
}
