import type { Account } from "./account.ts";
import type { Balance, Till } from "./till.ts";

/** An account is looked at so often at the most before somebody is told that nothing is left of it. */
const AGAIN_MS = 1000;

interface Look {
  /** When it was over, on the clock of `performance.now()`. */
  at: number;
  /** Absent where it is. */
  underWay?: Promise<void> | undefined;
}

/**
 * What is on an account where others write on it as well: they correct, too, what was spent, so that less may be than is known here,
 * and who is told that nothing is left asks for no loan that would tell.
 */
export class SecondLook {
  private readonly till: Pick<Till, "load">;
  private readonly found: (account: Account, balance: Balance) => void;
  private readonly looks = new WeakMap<Account, Look>();

  /** @param found hears what is on an account */
  constructor(till: Pick<Till, "load">, found: (account: Account, balance: Balance) => void) {
    this.till = till;
    this.found = found;
  }

  /** Whether it is not known well enough what is on it. */
  isDue(account: Account): boolean {
    const look = this.looks.get(account);
    return look === undefined || look.underWay !== undefined || performance.now() - look.at >= AGAIN_MS;
  }

  /** One for all who come meanwhile. Never throws: where nobody answers, what is known has to do. */
  take(account: Account): Promise<void> {
    const look = this.looks.get(account) ?? { at: 0 };
    this.looks.set(account, look);
    look.underWay ??= this.look(account).finally(() => {
      look.underWay = undefined;
      look.at = performance.now();
    });
    return look.underWay;
  }

  private async look(account: Account): Promise<void> {
    try {
      this.found(account, await this.till.load(account.name));
    } catch {}
  }
}
