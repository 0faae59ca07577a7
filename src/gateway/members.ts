import { GatewayError } from "../core/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { nearest } from "../core/near.ts";
import { SECRET } from "./credentials.ts";

/** What becomes a part of a host's name. */
const PART = /^[a-z0-9-]{1,63}$/;

/** The members of an object that a client wrote: what is not asked for is refused in the end. */
export class Members {
  private readonly at: string;
  private readonly told: JsonObject;
  private readonly asked = new Set<string>();

  constructor(told: JsonValue | undefined, at: string) {
    if (!isObject(told)) throw refuse(at, "must be an object");
    this.told = told;
    this.at = at;
  }

  path(name: string): string {
    return `${this.at}.${name}`;
  }

  has(name: string): boolean {
    this.asked.add(name);
    return this.told[name] !== undefined && this.told[name] !== null;
  }

  value(name: string): JsonValue {
    if (!this.has(name)) throw refuse(this.path(name), "is missing");
    return this.told[name]!;
  }

  text(name: string, longest: number): string {
    const value = this.value(name);
    if (typeof value !== "string" || value === "" || value.length > longest)
      throw refuse(this.path(name), `must be a text of at most ${longest} characters`);
    return value;
  }

  /** What a header field can carry. */
  secret(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string" || !SECRET.test(value))
      throw refuse(this.path(name), "must be a text without spaces or characters beyond ASCII");
    return value;
  }

  part(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string" || !PART.test(value))
      throw refuse(this.path(name), "must be small letters, digits and hyphens, at most 63");
    return value;
  }

  inner(name: string): Members {
    return new Members(this.value(name), this.path(name));
  }

  /** @throws GatewayError for a member that nobody asked for: passed over, it would be missed */
  mustBeAll(): void {
    const stray = Object.keys(this.told).find((name) => !this.asked.has(name));
    if (stray === undefined) return;
    const near = nearest(stray, this.asked);
    const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
    throw refuse(`${this.at}${shown(stray)}`, `is not for this credential to say${hint}`);
  }
}

/** A name of the client's own, unless it might be a secret that slipped into its place. */
export function shown(name: string): string {
  return /^[A-Za-z_-]{1,32}$/.test(name) ? `.${name}` : ".…";
}

export function refuse(path: string, what: string): GatewayError {
  return new GatewayError("invalid_request", `${JSON.stringify(path)} ${what}.`, { param: path });
}
