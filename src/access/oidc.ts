import type { GatewayError } from "../core/error.ts";
import { arrayAt, type JsonObject, type JsonValue, stringAt } from "../core/json.ts";
import type { Soon } from "../core/soon.ts";
import { type IdToken, isTokenShaped, readToken, tokenFault } from "./id-token.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import type { KeyPolicy } from "./key-policy.ts";
import { isSigned, type PublicKey } from "./key-set.ts";
import type { Guests, Key } from "./keys.ts";
import { matches } from "./pattern.ts";

/** Whom of an issuer's the operator lets in, and as whom. */
export interface OidcRule {
  readonly name: string;
  readonly algorithms: ReadonlySet<string>;
  /** A token must be for this. */
  readonly audience: string;
  /** Patterns, of which each claim must match one; `sub` is among them. */
  readonly claims: ReadonlyMap<string, readonly string[]>;
  /** The claim by which the ledger and budgets tell guests apart. */
  readonly identityFrom: string;
  /** The claim that they are called by; absent: as they are told apart. */
  readonly nameFrom?: string | undefined;
  /** So many seconds after it was issued a token is worth nothing, whatever it says. */
  readonly maxAgeS?: number | undefined;
  readonly team?: string | undefined;
  /** The claim that names their team, among those of this rule. */
  readonly teamFrom?: string | undefined;
  readonly policy?: KeyPolicy | undefined;
}

export interface OidcIssuer {
  readonly issuer: string;
  readonly keys: IssuerKeys;
  /** The first that fits counts. */
  readonly rules: readonly OidcRule[];
}

/** Clocks differ by so much. */
const SKEW_S = 60;
/** Tokens that were checked are not checked again. */
const REMEMBERED = 1000;
/** With what stands before it, it is short enough to have a budget. */
const LONGEST_IDENTITY = 200;

interface Entry {
  readonly key: Key;
  /** Unix milliseconds. */
  readonly until: number;
  readonly keys: IssuerKeys;
  readonly epoch: number;
}

/** Guests with a token of an issuer that the operator trusts (OpenID Connect). What they may do is what is configured for those whom the token names. */
export class Oidc implements Guests {
  private readonly issuers: ReadonlyMap<string, OidcIssuer>;
  /** Unix milliseconds. */
  private readonly now: () => number;
  private readonly remembered = new Map<string, Entry>();

  constructor(issuers: readonly OidcIssuer[], now: () => number = Date.now) {
    this.issuers = new Map(issuers.map((one) => [one.issuer, one]));
    this.now = now;
  }

  isToken(text: string): boolean {
    return isTokenShaped(text);
  }

  known(text: string): Key | undefined {
    const entry = this.remembered.get(text);
    if (entry === undefined) return undefined;
    if (this.now() < entry.until && entry.keys.isUsable() && entry.epoch === entry.keys.epoch) return entry.key;
    this.remembered.delete(text);
    return undefined;
  }

  find(text: string): Soon<Key> {
    const token = readToken(text);
    const issuer = this.issuers.get(stringAt(token.claims.iss) ?? "");
    if (issuer === undefined) throw tokenFault("its issuer is not one that is trusted here");
    if (!issuer.rules.some(({ algorithms }) => algorithms.has(token.algorithm)))
      throw tokenFault("its algorithm is not one that is taken of its issuer");
    const keys = issuer.keys.find(token);
    const checked = (found: readonly PublicKey[]) => this.checked(text, token, issuer, found);
    return keys instanceof Promise ? keys.then(checked) : checked(keys);
  }

  told(): readonly JsonObject[] {
    return [...this.issuers.values()].map(({ issuer, keys }) => ({ issuer, ...keys.told() }));
  }

  /** @throws GatewayError `invalid_token` */
  private checked(text: string, token: IdToken, { keys, rules }: OidcIssuer, found: readonly PublicKey[]): Key {
    const { epoch } = keys;
    if (found.length === 0) throw tokenFault("its issuer has no such key as it was signed with");
    if (!isSigned(token, found)) throw tokenFault("its signature does not hold");
    const end = this.endOf(token.claims);
    const { rule, guest } = guestOf(token, rules, this.now());
    const until = Math.min(end, endByRule(rule, token.claims));
    const key: Key = { ...guest, expiresAt: until };
    // The longest remembered makes room.
    if (this.remembered.size >= REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    this.remembered.set(text, { key, until, keys, epoch });
    return key;
  }

  /** Until when a token lets somebody in, in Unix milliseconds. @throws GatewayError `invalid_token` where it does not now */
  private endOf({ exp, nbf, iat }: JsonObject): number {
    const now = this.now() / 1000;
    if (!isTime(exp)) throw tokenFault("it does not say when it expires");
    for (const start of [nbf, iat]) {
      if (start === undefined) continue;
      if (!isTime(start)) throw tokenFault("a time in it is none");
      if (now < start - SKEW_S) throw tokenFault("its time has not begun");
    }
    if (now >= exp + SKEW_S) throw tokenFault("it has expired");
    return (exp + SKEW_S) * 1000;
  }
}

function isTime(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Until when a token opens by a rule, whatever it says itself, in Unix milliseconds. */
function endByRule({ maxAgeS }: OidcRule, { iat }: JsonObject): number {
  if (maxAgeS === undefined) return Number.POSITIVE_INFINITY;
  return isTime(iat) ? (iat + maxAgeS + SKEW_S) * 1000 : Number.NEGATIVE_INFINITY;
}

/** Who shows a token that is whole. @throws GatewayError `invalid_token` where no rule lets it in: what the one says that it came furthest with */
function guestOf(token: IdToken, rules: readonly OidcRule[], nowMs: number) {
  let nearest: { stage: number; error: GatewayError } | undefined;
  for (const rule of rules) {
    const refusal = refusalBy(rule, token, nowMs);
    if (refusal === undefined) return { rule, guest: keyOf(rule, token.claims) };
    if (nearest === undefined || refusal.stage > nearest.stage) nearest = refusal;
  }
  throw nearest?.error ?? tokenFault("nobody of its issuer is let in");
}

/** What stands against a token by a rule, and how far it came. Nothing that would have been right is told. */
function refusalBy(rule: OidcRule, token: IdToken, nowMs: number) {
  const { algorithms, audience, claims } = rule;
  const refusal = (stage: number, reason: string) => ({ stage, error: tokenFault(reason) });
  if (!algorithms.has(token.algorithm)) return refusal(0, "its algorithm is not one that is taken of its issuer");
  const { aud } = token.claims;
  if (!(arrayAt(aud) ?? [aud]).includes(audience)) return refusal(1, "it is for another audience");
  let stage = 2;
  for (const [name, patterns] of claims) {
    const told = Object.hasOwn(token.claims, name) ? token.claims[name] : undefined;
    // A claim may be a list, as that of groups is: one of it is enough. A subject is one.
    const all = (name === "sub" ? undefined : arrayAt(told)) ?? [told];
    if (!all.some((one) => isText(one) && patterns.some((pattern) => matches(pattern, String(one)))))
      return refusal(stage, `nobody with its ${JSON.stringify(name)} is let in`);
    stage++;
  }
  return nowMs < endByRule(rule, token.claims) ? undefined : refusal(stage, "it was issued too long ago");
}

function isText(value: JsonValue | undefined): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

function keyOf(rule: OidcRule, claims: JsonObject): Omit<Key, "expiresAt"> {
  const identity = nameIn(claims, rule.identityFrom);
  const name = rule.nameFrom === undefined ? identity : nameIn(claims, rule.nameFrom);
  // Whatever a claim says, it is no team that somebody made here.
  const team = rule.teamFrom === undefined ? rule.team : `oidc:${rule.name}:${nameIn(claims, rule.teamFrom)}`;
  return {
    id: `oidc:${rule.name}:${identity}`,
    name,
    disabled: false,
    ...(team === undefined ? {} : { team }),
    ...(rule.policy === undefined ? {} : { policy: rule.policy }),
  };
}

function nameIn(claims: JsonObject, claim: string): string {
  const told = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof told !== "string" || told === "" || told.length > LONGEST_IDENTITY || UNPRINTABLE.test(told))
    throw tokenFault(`its ${JSON.stringify(claim)} is no name`);
  return told;
}
