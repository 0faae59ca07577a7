import { GatewayError } from "../core/error.ts";

/** So many in vain of one address in so long. */
const MOST = 10;
const WINDOW_MS = 60_000;
const REMEMBERED = 10_000;

/**
 * How often somebody has tried in vain to sign in. Tokens are too long to be guessed, but each try costs something, an issuer of single sign-on
 * above all. Whoever shows what lets in is let in however often others erred: behind a proxy many may have one address.
 */
export class Attempts {
  private readonly failures = new Map<string, { count: number; since: number }>();

  /** @param atMs Unix milliseconds @throws GatewayError `rate_limit_exceeded` where an address has tried too often */
  mustBeFew(address: string, atMs: number): void {
    const known = this.failures.get(networkOf(address));
    if (known === undefined || known.count < MOST) return;
    const left = known.since + WINDOW_MS - atMs;
    if (left <= 0 || left > WINDOW_MS) return;
    const message = `Your address has tried to sign in ${MOST} times in vain: wait a minute.`;
    throw new GatewayError("rate_limit_exceeded", message, { retryAfterMs: left });
  }

  /** What was counted as failed was not. */
  succeeded(address: string): void {
    const known = this.failures.get(networkOf(address));
    if (known !== undefined && known.count > 0) known.count--;
  }

  failed(address: string, atMs: number): void {
    const name = networkOf(address);
    const known = this.failures.get(name);
    if (known !== undefined && atMs >= known.since && atMs < known.since + WINDOW_MS) known.count++;
    else {
      if (this.failures.size >= REMEMBERED) this.failures.delete(this.failures.keys().next().value!);
      this.failures.delete(name);
      this.failures.set(name, { count: 1, since: atMs });
    }
  }
}

/** Whoever has one address of the newer kind has all that begin as it does. @param address of the connection, and behind a space whom it is said to be for */
function networkOf(address: string): string {
  const networks = address.split(" ").map((one) => (one.includes(".") ? one : prefixOf(one)));
  return networks.join(" ");
}

/** The first half of an address, with the zeros that `::` stands for. */
function prefixOf(address: string): string {
  const [left = [], right = []] = address.split("::").map((side) => side.split(":"));
  const zeros = Array<string>(address.includes("::") ? Math.max(0, 8 - left.length - right.length) : 0).fill("0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}
