/** What is on loan and is more than such a part of what is left is given back as soon as it is found unused; less, when it was so often. */
const SCARCE_PART = 16;
const UNUSED_TIMES = 150;

/** An account as it is now, nanodollars. */
interface Standing {
  readonly reserved: number;
  readonly granted: number;
  /** When somebody has last used it. */
  readonly seenAt: number;
}

/** Finds what is on loan here and could be of use to others. Some of it is kept: without the database it is all that there is. */
export class Thrift {
  private readonly unused = new WeakMap<Standing, { seenAt: number; times: number }>();

  /** Asked of each account every 400 ms or so. @param left of its limit, nanodollars */
  isSpare(account: Standing, left: number): boolean {
    const { reserved, granted, seenAt } = account;
    const known = this.unused.get(account);
    if (reserved !== 0 || known?.seenAt !== seenAt) {
      this.unused.set(account, { seenAt, times: 0 });
      return false;
    }
    known.times++;
    return granted * SCARCE_PART > left || known.times >= UNUSED_TIMES;
  }
}
