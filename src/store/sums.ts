import type { GenerationRow } from "./generations.ts";
import { isMeasured, Pace } from "./pace.ts";
import {
  chosen,
  dimensionsOf,
  HOUR_MS,
  OF_PACES,
  type Rollup,
  SUMMED_PACES,
  SUMMED_TALLY,
  SUMS,
  type Values,
} from "./rollups.ts";

/** Rows that are alike but for what is summed up. */
interface Alike {
  at: number;
  readonly dimensions: Values;
  readonly sums: number[];
  readonly isOfErrors: boolean;
  /** That of its hour, model and provider. */
  readonly pace: Pace | undefined;
}

/** Whether two of a model go into the same sums of an hour. */
function isLike(one: GenerationRow, other: GenerationRow): boolean {
  return (
    one.keyId === other.keyId &&
    one.team === other.team &&
    one.provider === other.provider &&
    one.byok === other.byok &&
    one.zdr === other.zdr &&
    one.error === other.error &&
    one.tags === other.tags &&
    one.appTitle === other.appTitle &&
    one.appUrl === other.appUrl &&
    one.user === other.user
  );
}

/** What rows add to the sums of their hours and days. */
export class Sums {
  private readonly hours = new Map<string, Alike>();
  /** What was last added to of each model. Most are like it: to see that costs a quarter of a name made of all that they go by. */
  private readonly last = new Map<string | null, { row: GenerationRow; alike: Alike }>();
  private readonly paces = new Map<string, { at: number; dimensions: Values; pace: Pace }>();

  /** How many of an hour there are, beside paces. */
  get size(): number {
    return this.hours.size;
  }

  get hasPaces(): boolean {
    return this.paces.size > 0;
  }

  add(row: GenerationRow): void {
    const { error } = row;
    const at = Math.floor(row.createdAt / HOUR_MS);
    const last = this.last.get(row.model);
    const alike =
      last !== undefined && last.alike.at === at && isLike(row, last.row) ? last.alike : this.alikeOf(at, row);
    if (alike !== last?.alike) this.last.set(row.model, { row, alike });
    const { sums } = alike;
    sums[0]! += 1;
    sums[1]! += error === null ? 0 : 1;
    sums[2]! += (row.cost ?? 0) - (row.apart ?? 0);
    sums[3]! += row.input ?? 0;
    sums[4]! += row.cacheRead ?? 0;
    sums[5]! += row.cacheWrite ?? 0;
    sums[6]! += row.output ?? 0;
    sums[7]! += row.reasoning ?? 0;
    alike.pace?.add(row);
    if (row.apart !== null) this.alikeOf(at, { ...row, byok: !row.byok }).sums[2]! += row.apart;
  }

  /** Values of the `add` of one, in an order that is the same for all who write. */
  of(rollup: Rollup): Values[] {
    const hours = rollup.ms / HOUR_MS;
    if (rollup.dimensions === OF_PACES) return together([...this.spread()], hours);
    const all = [...this.hours.values()].filter(({ isOfErrors }) => !rollup.ofErrors || isOfErrors);
    return by(rollup, all, hours);
  }

  /**
   * Those of hours that began before a moment, as a function of what they are to go by and of how many milliseconds.
   * @param endMs Unix milliseconds @returns `undefined` where there are none
   */
  before(endMs: number): ((rollup: Pick<Rollup, "dimensions">, ms: number) => Values[]) | undefined {
    const late: Alike[] = [];
    for (const one of this.hours.values()) if (one.at * HOUR_MS < endMs) late.push(one);
    return late.length === 0 ? undefined : (rollup, ms) => by(rollup, late, ms / HOUR_MS);
  }

  /** When the first hour of paces begins: Unix milliseconds, or infinity where there are none. */
  get pacesSince(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { at } of this.paces.values()) first = Math.min(first, at);
    return first * HOUR_MS;
  }

  /** @param summed only those of whose rows this setting tells */
  clear(summed?: Rollup["summed"]): void {
    if (summed !== SUMMED_PACES) {
      this.hours.clear();
      this.last.clear();
    }
    if (summed !== SUMMED_TALLY) this.paces.clear();
  }

  private alikeOf(at: number, row: GenerationRow): Alike {
    const { keyId, team, model, provider, byok, zdr, user, tags, appTitle, appUrl, error } = row;
    // The user comes last: what else stands here has no new line in it, and nobody's name is taken for none.
    const key = `${at}\n${keyId}\n${team}\n${model}\n${provider}\n${byok}${zdr}${error}\n${tags}\n${appTitle ?? appUrl ?? ""}\n${user ?? ""}`;
    const known = this.hours.get(key);
    if (known !== undefined) return known;
    const pace = isMeasured(row) ? this.paceOf(at, [model!, provider!]) : undefined;
    const made = { at, dimensions: dimensionsOf(row), sums: SUMS.map(() => 0), isOfErrors: error !== null, pace };
    this.hours.set(key, made);
    return made;
  }

  private paceOf(at: number, dimensions: Values): Pace {
    const key = [at, ...dimensions].join("\n");
    const known = this.paces.get(key) ?? { at, dimensions, pace: new Pace() };
    this.paces.set(key, known);
    return known.pace;
  }

  private *spread(): Generator<Summed> {
    for (const { at, dimensions, pace } of this.paces.values())
      for (const [measure, bucket, n] of pace.all())
        yield { at, dimensions: [...dimensions, measure, bucket], sums: [n] };
  }
}

type Summed = Pick<Alike, "at" | "dimensions" | "sums">;

/** By what some sums go, those of so many hours as one. */
function by(rollup: Pick<Rollup, "dimensions">, all: readonly Alike[], hours: number): Values[] {
  const chosenOf = all.map(({ at, dimensions, sums }) => ({ at, dimensions: chosen(rollup, dimensions), sums }));
  return together(chosenOf, hours);
}

/** Those of so many hours as one. */
function together(all: readonly Summed[], hours: number): Values[] {
  const known = new Map<string, Summed>();
  for (const { at: hour, dimensions, sums } of all) {
    const at = Math.floor(hour / hours);
    const key = JSON.stringify([at, ...dimensions]);
    const alike = known.get(key);
    if (alike === undefined) known.set(key, { at, dimensions, sums: [...sums] });
    else for (const [i, value] of sums.entries()) alike.sums[i]! += value;
  }
  const inOrder = [...known].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([, { at, dimensions, sums }]) => [at, ...dimensions, ...sums]);
}
