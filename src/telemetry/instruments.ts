/** What stands behind a label. A number is a status. */
export type Label = string | number;

/** One number of many that go by one name. */
export interface Cell {
  readonly labels: readonly Label[];
  value: number;
}

/**
 * A number that goes up, apart for each combination of its labels. To add to one is to look it up and add: no text is made.
 * Labels must come from lists that end: providers, models, codes of our own.
 */
export class Counter {
  private readonly root = new Map<Label, Cell | Map<Label, unknown>>();
  private readonly all: Cell[] = [];

  get cells(): readonly Cell[] {
    return this.all;
  }

  add(by: number, ...labels: readonly [Label, ...Label[]]): void {
    this.cell(labels).value += by;
  }

  private cell(labels: readonly Label[]): Cell {
    let level: Map<Label, unknown> = this.root;
    const last = labels.length - 1;
    for (let i = 0; i < last; i++) {
      const label = labels[i]!;
      let next = level.get(label) as Map<Label, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(label, next);
      }
      level = next;
    }
    let cell = level.get(labels[last]!) as Cell | undefined;
    if (cell === undefined) {
      cell = { labels, value: 0 };
      level.set(labels[last]!, cell);
      this.all.push(cell);
    }
    return cell;
  }
}

/** How often which value was seen. */
export interface Spread {
  /** For each bound, how many were not above it and above the one before; the last for those above all. */
  readonly counts: number[];
  sum: number;
}

/** Spreads of one kind of value, by one label. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly spreads = new Map<string, Spread>();

  /** @param bounds ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
  }

  observe(value: number, label: string): void {
    let spread = this.spreads.get(label);
    if (spread === undefined) {
      spread = { counts: new Array(this.bounds.length + 1).fill(0), sum: 0 };
      this.spreads.set(label, spread);
    }
    let at = 0;
    while (at < this.bounds.length && value > this.bounds[at]!) at++;
    spread.counts[at]!++;
    spread.sum += value;
  }
}
