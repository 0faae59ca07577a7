import type { MadeCredential } from "../config/credential.ts";
import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import type { EnteredAccounts } from "../gateway/entered-account.ts";
import type { Trial } from "../gateway/trial.ts";
import type { CredentialRow } from "../store/credentials.ts";
import type { Soon, Statement } from "../store/database.ts";
import { type Log, unlogged } from "./audit.ts";
import type { ListedProvider, ProviderCredential } from "./contract.ts";
import {
  type Credential,
  checked,
  type Entered,
  enteredOf,
  invalid,
  isSecret,
  kept,
  noted,
  refused,
  type Sealing,
  secretsOf,
  shown,
  termsOf,
} from "./entered-credential.ts";

/** Where they are kept. */
export interface CredentialShelf {
  all(): Soon<CredentialRow[]>;
  insert(row: CredentialRow, along: readonly Statement[]): Soon<boolean>;
  update(row: CredentialRow, beforeMs: number, along: readonly Statement[]): Soon<boolean>;
  remove(id: string, along: readonly Statement[]): Soon<boolean>;
}

export interface CredentialsParts {
  shelf: CredentialShelf;
  kept: readonly CredentialRow[];
  accounts: EnteredAccounts;
  sealing: Sealing;
  /** Everybody who could answer, without credentials. */
  providers: readonly Omit<ListedProvider, "credentials">[];
  /** Those of configuration and environment, which cannot be changed here. */
  fixed: ReadonlyMap<string, readonly Credential[]>;
  /** Providers of which the configuration speaks. */
  configured: ReadonlySet<string>;
  /** Requests that come after this are asked by these, too. */
  apply(entered: ReadonlyMap<string, readonly Credential[]>): void;
  /** Asks a provider the least that it can be asked. @throws GatewayError */
  tryOut(credential: Credential, model: string | undefined): Promise<Trial>;
  /** The models that a server lists, by its own names. @throws GatewayError */
  servedAt(baseUrl: string): Promise<readonly string[]>;
  complain(id: string, cause: unknown): void;
}

const MOST = 100;
const UNNAMED = "default";

/** Providers' credentials: of the configuration, and entered while the gateway runs. What is entered holds at once, and after a restart. */
export class Credentials {
  private readonly parts: CredentialsParts;
  private entered: readonly Entered[] = [];
  /** The last change: the next one begins when it is kept. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(parts: CredentialsParts) {
    this.parts = parts;
    if (parts.kept.length > 0) this.hold(parts.kept);
  }

  /** Reads anew what is kept: another replica has changed it. */
  reload(): Promise<void> {
    return this.inTurn(() => this.readAnew());
  }

  /** Everybody who could answer, and by which credentials. */
  providers(): ListedProvider[] {
    return this.parts.providers.map((one) => ({ ...one, credentials: this.list(one.name) }));
  }

  /** @throws GatewayError `not_found` */
  provider(name: string): ListedProvider {
    const found = this.parts.providers.find((one) => one.name === name);
    if (found === undefined) throw nothing(`provider ${JSON.stringify(name.slice(0, 100))}`);
    return { ...found, credentials: this.list(name) };
  }

  /** Those of a provider: the configuration's first. @throws GatewayError `not_found` */
  list(provider: string): ProviderCredential[] {
    const isKnown = this.parts.providers.some(({ name }) => name === provider);
    // One of the operator's own may be gone from the configuration.
    if (!isKnown && !this.entered.some(({ row }) => row.provider === provider))
      throw nothing(`provider ${JSON.stringify(provider.slice(0, 100))}`);
    const source = this.parts.configured.has(provider) ? "configuration" : "environment";
    const fixed = (this.parts.fixed.get(provider) ?? []).map((one) => ({
      provider,
      name: one.name ?? UNNAMED,
      source,
      read_only: true,
      ...termsOf(one),
    })) satisfies ProviderCredential[];
    return [...fixed, ...this.entered.filter(({ row }) => row.provider === provider).map(shown)];
  }

  /** @throws GatewayError `not_found` */
  find(provider: string, name: string): ProviderCredential {
    const found = this.list(provider).find((one) => one.name === name);
    if (found === undefined) throw nothing(`credential ${JSON.stringify(name.slice(0, 100))} of this provider`);
    return found;
  }

  /** @throws GatewayError `not_found`, or `invalid_request` with what is wrong, and where */
  create(provider: string, body: JsonObject, atMs: number, log: Log = unlogged): Promise<ProviderCredential> {
    return this.inTurn(async () => {
      await this.readAnew();
      const taken = this.list(provider);
      const told = checked({ name: freeName(taken), ...body });
      const { name } = told;
      if (taken.some((one) => one.name === name)) throw doubled(name);
      if (taken.length >= MOST) throw invalid("name", `There are ${MOST} already; remove one first.`);
      // What is made in one moment stays in its order.
      const at = Math.max(atMs, ...this.rows().map(({ createdAt }) => createdAt + 1));
      const row = { id: `cred_${ulid(at)}`, provider, name, createdAt: at, updatedAt: at };
      this.mustServe(provider, told);
      const whole = { ...row, ...this.kept(provider, told) };
      const said = log("credential.create", `${provider}/${name}`, { after: noted(whole) });
      if (!(await this.parts.shelf.insert(whole, said))) throw doubled(name);
      this.hold([...this.rows(), whole]);
      return this.find(provider, name);
    });
  }

  /** Changes some members; `null` takes one away. Whoever changes where it is, and tells no secret, drops the secret. @throws GatewayError */
  adjust(
    provider: string,
    name: string,
    body: JsonObject,
    atMs: number,
    log: Log = unlogged,
  ): Promise<ProviderCredential> {
    return this.inTurn(async () => {
      await this.readAnew();
      const old = this.own(provider, name);
      const told = checked(this.changed(provider, old, body));
      if (told.name !== name && this.list(provider).some((one) => one.name === told.name)) throw doubled(told.name);
      if (Object.keys(told).some(isSecret)) this.mustServe(provider, told);
      const updatedAt = Math.max(atMs, old.row.updatedAt + 1);
      const kept = { ...this.kept(provider, told), ...this.unread(provider, old, told, body) };
      const whole = { ...old.row, name: told.name, ...kept, updatedAt };
      const changed = Object.keys(body).slice(0, 20);
      const detail = { changed, before: noted(old.row), after: noted(whole) };
      const said = log("credential.change", `${provider}/${name}`, detail);
      if (!(await this.parts.shelf.update(whole, old.row.updatedAt, said)))
        throw invalid("", "It was changed by somebody else at this moment: look at it again.");
      this.hold(this.rows().map((row) => (row.id === whole.id ? whole : row)));
      return this.find(provider, told.name);
    });
  }

  /** @throws GatewayError `not_found`, `invalid_request` */
  remove(provider: string, name: string, log: Log = unlogged): Promise<void> {
    return this.inTurn(async () => {
      await this.readAnew();
      const { row } = this.own(provider, name);
      await this.parts.shelf.remove(row.id, log("credential.remove", `${provider}/${name}`, { before: noted(row) }));
      this.hold(this.rows().filter(({ id }) => id !== row.id));
    });
  }

  /** Asks by it, whichever it is. @throws GatewayError */
  async tryOut(provider: string, name: string, model: string | undefined): Promise<Trial> {
    const { problem } = this.find(provider, name);
    const own = this.entered.find(({ row }) => row.provider === provider && row.name === name);
    const fixed = (this.parts.fixed.get(provider) ?? []).find((one) => (one.name ?? UNNAMED) === name);
    const credential = fixed ?? own?.credential;
    if (credential === undefined) throw invalid("", `It cannot be asked: ${problem}.`);
    return this.parts.tryOut(credential, model);
  }

  /** What a server of the operator's own lists, that is asked by this. It is shown no secret: such have none. @throws GatewayError */
  async modelsAt(provider: string, name: string): Promise<readonly string[]> {
    const { base_url: url } = this.find(provider, name);
    if (this.provider(provider).authentication !== "none" || url === undefined)
      throw invalid("", "Only a server of your own that was entered here, with its address, is asked for its models.");
    return await this.parts.servedAt(url);
  }

  /** The members that a change makes, of what was told before and what is told now. */
  private changed(provider: string, { row, told }: Entered, body: JsonObject): JsonObject {
    const { accounts, sealing } = this.parts;
    const tellsSecret = Object.keys(body).some((member) => isSecret(member) && body[member] !== null);
    const secrets = tellsSecret ? {} : secretsOf(row, accounts, sealing);
    const all = Object.entries({ ...told, ...secrets, ...body, name: body.name === undefined ? row.name : body.name });
    const members = Object.fromEntries(all.filter(([, value]) => value !== null));
    // Another name is no other address.
    const asNamed = { ...checked(members), name: row.name };
    if (tellsSecret || this.boundOf(provider, asNamed) === this.boundOf(provider, checked(told))) return members;
    return Object.fromEntries(Object.entries(members).filter(([member]) => !isSecret(member)));
  }

  /** A secret that cannot be opened now may be some day, where it is as it was: it stays, unless something is told of it. @throws GatewayError where another name would cost it */
  private unread(provider: string, { row, told }: Entered, all: MadeCredential, body: JsonObject) {
    const { accounts, sealing } = this.parts;
    if (row.sealed === null || Object.keys(body).some(isSecret)) return undefined;
    if (Object.keys(secretsOf(row, accounts, sealing)).length > 0) return undefined;
    if (this.boundOf(provider, { ...all, name: row.name }) !== this.boundOf(provider, checked(told))) return undefined;
    if (all.name !== row.name) throw invalid("name", "Its secret cannot be opened now: tell it with the other name.");
    return { sealed: row.sealed, hint: row.hint };
  }

  private boundOf(provider: string, told: MadeCredential): string {
    return orRefused(() => this.parts.accounts.boundOf(provider, told));
  }

  private kept(provider: string, told: MadeCredential) {
    return orRefused(() => kept(told, this.parts.accounts, provider, this.parts.sealing));
  }

  /** @throws GatewayError for what makes no account at this provider */
  private mustServe(provider: string, told: MadeCredential): void {
    orRefused(() => this.parts.accounts.credentialOf(provider, told).pool.close());
  }

  /** One that may be changed. @throws GatewayError */
  private own(provider: string, name: string): Entered {
    if (this.find(provider, name).read_only)
      throw invalid("", "It stands in the configuration or the environment: change it there.");
    return this.entered.find(({ row }) => row.provider === provider && row.name === name)!;
  }

  private rows(): CredentialRow[] {
    return this.entered.map(({ row }) => row);
  }

  private async readAnew(): Promise<void> {
    const rows = await this.parts.shelf.all();
    if (rows.map(stampOf).join() !== this.rows().map(stampOf).join()) this.hold(rows);
  }

  /** Lets hold what can. Those that did not change stay what they are, with what was learned of them. */
  private hold(rows: readonly CredentialRow[]): void {
    const { accounts, sealing, complain } = this.parts;
    const before = new Map(this.entered.map((one) => [stampOf(one.row), one]));
    this.entered = rows.map((row) => before.get(stampOf(row)) ?? this.unlessFixed(enteredOf(row, accounts, sealing)));
    const all = new Map<string, Credential[]>();
    for (const { row, credential, problem } of this.entered) {
      if (credential !== undefined) all.set(row.provider, [...(all.get(row.provider) ?? []), credential]);
      else if (row.sealed !== null && !before.has(stampOf(row)))
        complain("admin", `the credential ${row.name} of ${row.provider} is not asked: ${problem}`);
    }
    this.parts.apply(all);
    const held = new Set([...all.values()].flat());
    for (const { credential } of before.values())
      if (credential !== undefined && !held.has(credential)) credential.pool.close();
  }

  /** Of two of one name that of the configuration holds. */
  private unlessFixed(one: Entered): Entered {
    const { provider, name } = one.row;
    if (!(this.parts.fixed.get(provider) ?? []).some((fixed) => (fixed.name ?? UNNAMED) === name)) return one;
    const { credential: _, ...rest } = one;
    return { ...rest, problem: "the configuration has one of that name" };
  }

  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.turn.then(change);
    this.turn = result.catch(() => {});
    return result;
  }
}

/** The same as long as nothing of it changes. */
function stampOf({ id, provider, name, settings, sealed, hint, updatedAt }: CredentialRow): string {
  return JSON.stringify([id, provider, name, settings, sealed, hint, updatedAt]);
}

function doubled(name: string): GatewayError {
  return invalid("name", `There is a credential ${JSON.stringify(name)} already.`);
}

/** @throws GatewayError for what the configuration would be refused for */
function orRefused<T>(make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    throw refused(thrown);
  }
}

/** For one that comes without a name. */
function freeName(taken: readonly ProviderCredential[]): string {
  for (let n = 1; ; n++) if (!taken.some(({ name }) => name === `api-${n}`)) return `api-${n}`;
}

function nothing(what: string): GatewayError {
  return new GatewayError("not_found", `There is no ${what}.`);
}
