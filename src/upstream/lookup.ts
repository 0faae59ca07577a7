import { isIP } from "node:net";
import { Deadline } from "../clock/deadline.ts";
import { NameServers } from "./name-servers.ts";

/** One address of a name, and for how many seconds it holds; 0 where nobody said. */
export interface Found {
  readonly address: string;
  readonly ttl: number;
}

/** The addresses of a name, the best first. @throws an error with a `code`, such as `DNS_ENOTFOUND` */
export type Resolve = (host: string) => Promise<readonly Found[]>;

/** Nothing is looked up again sooner, whatever its owner says. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 300_000;
/** For so long after it was found may an address be used that nobody has confirmed since. */
const STALE_MS = 3_600_000;
/** A resolver that is slower than this is not waited for where there is an address from before. */
const PATIENCE_MS = 500;
/** … nor asked again before this. */
const AGAIN_MS = 5000;
/** Clients can choose parts of names. */
const NAMES_CAP = 1024;

/** Nobody has that name, and who says so knows: what it meant before is no longer true. */
const NO_NAME = /ENOTFOUND|ENODATA|ENONAME/;

interface Known {
  addresses: readonly string[];
  readonly foundAt: number;
  until: number;
}

/** What names mean, for as long as their owners say so. Each is looked up once at a time, however many want to know. */
export class Names {
  private readonly resolve: Resolve;
  private readonly now: () => number;
  private readonly known = new Map<string, Known>();
  private readonly asked = new Map<string, Promise<readonly string[]>>();

  constructor(resolve: Resolve, now: () => number = () => performance.now()) {
    this.resolve = resolve;
    this.now = now;
  }

  /**
   * The addresses of a host, those to be tried first in front, at least one: at once where they are known.
   * @throws (rejects with) what the resolver said
   */
  addresses(host: string): readonly string[] | Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const now = this.now();
    const known = this.known.get(host);
    if (known !== undefined && now < known.until) return known.addresses;
    const found = this.asked.get(host) ?? this.ask(host);
    return known !== undefined && now < known.foundAt + STALE_MS ? this.orKnown(found, known) : found;
  }

  /** This one refused or was slow: the others are tried first. */
  demote(host: string, address: string): void {
    const known = this.known.get(host);
    if (known?.addresses.includes(address) !== true) return;
    known.addresses = [...known.addresses.filter((other) => other !== address), address];
  }

  private ask(host: string): Promise<readonly string[]> {
    const found = this.find(host).finally(() => this.asked.delete(host));
    this.asked.set(host, found);
    return found;
  }

  private async find(host: string): Promise<readonly string[]> {
    try {
      const found = await this.resolve(host);
      if (found.length === 0) throw Object.assign(new Error(`${host} has no address`), { code: "ENODATA" });
      const addresses = [...new Set(found.map(({ address }) => address))];
      this.keep(host, addresses, Math.min(...found.map(({ ttl }) => ttl * 1000)));
      return addresses;
    } catch (cause) {
      if (NO_NAME.test(codeOf(cause))) this.known.delete(host);
      throw cause;
    }
  }

  private keep(host: string, addresses: readonly string[], ms: number): void {
    const now = this.now();
    this.known.delete(host);
    if (this.known.size >= NAMES_CAP) this.known.delete(this.known.keys().next().value!);
    const until = now + Math.max(SHORTEST_MS, Math.min(ms, LONGEST_MS));
    this.known.set(host, { addresses, foundAt: now, until });
  }

  /** What is found, or what was known where nobody answers in time. */
  private orKnown(found: Promise<readonly string[]>, known: Known): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        known.until = this.now() + AGAIN_MS;
        resolve(known.addresses);
      };
      const patience = new Deadline(performance.now() + PATIENCE_MS, settle);
      found
        .then(resolve, (cause) => (NO_NAME.test(codeOf(cause)) ? reject(cause) : settle()))
        .finally(() => patience.clear());
    });
  }
}

function codeOf(cause: unknown): string {
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
}

const servers = new NameServers();

/** Of this process: providers' names mean the same for whoever asks. Name servers are asked from the event loop (`docs/decisions/names.md`). */
export const NAMES = new Names((host) => {
  servers.follow();
  return Bun.dns.lookup(host, { socketType: "tcp" });
});
