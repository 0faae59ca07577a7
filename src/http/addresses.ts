import { GatewayError } from "../core/error.ts";

/** How many requests of one address are open, where there is a limit to that. */
export class Addresses {
  private readonly most: number;
  private readonly open = new Map<string, number>();

  /** @param most of one address */
  constructor(most: number) {
    this.most = most;
  }

  /** @returns the address, to leave by @throws GatewayError `rate_limit_exceeded` where one more is too many */
  enter(address: string): string {
    const open = this.open.get(address) ?? 0;
    if (open >= this.most) {
      const message = `${open} requests of your address are open, which is the most that one may have.`;
      throw new GatewayError("rate_limit_exceeded", message, { retryAfterMs: 1000 });
    }
    this.open.set(address, open + 1);
    return address;
  }

  leave(address: string): void {
    const left = this.open.get(address)! - 1;
    if (left === 0) this.open.delete(address);
    else this.open.set(address, left);
  }
}
