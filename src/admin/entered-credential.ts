import { CREDENTIAL_SECRETS, checkCredential, type MadeCredential } from "../config/credential.ts";
import { ConfigError } from "../config/explain.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { redact } from "../core/redact.ts";
import type { EnteredAccounts } from "../gateway/entered-account.ts";
import type { CredentialRow } from "../store/credentials.ts";
import type { ProviderCredential } from "./contract.ts";
import { mustStandInPath } from "./made-direction.ts";

/** What asks a provider. */
export type Credential = ReturnType<EnteredAccounts["credentialOf"]>;

/** One that was entered, as it is known here. */
export interface Entered {
  readonly row: CredentialRow;
  /** As it was told, without its secret. */
  readonly told: JsonObject;
  readonly credential?: Credential;
  /** Why it is not asked. */
  readonly problem?: string;
}

/** Opens and closes what is kept. */
export interface Sealing {
  close(text: string, bound: string): string;
  /** @throws Error that says why it cannot */
  open(sealed: string, bound: string): string;
}

export const SOURCE = "the body";
export const NO_SECRET = "its secret was dropped, since where it is asked has changed: enter it again";

/** What is kept of one: all but the row's own times. */
export function kept(told: MadeCredential, accounts: EnteredAccounts, provider: string, sealing: Sealing) {
  const { name: _, ...members } = told;
  const secrets = Object.entries(members).filter(([member]) => isSecret(member));
  const settings = Object.entries(members).filter(([member]) => !isSecret(member));
  const text = JSON.stringify(Object.fromEntries(secrets));
  return {
    settings: JSON.stringify(Object.fromEntries(settings)),
    sealed: secrets.length === 0 ? null : sealing.close(text, accounts.boundOf(provider, told)),
    hint: hintOf(told),
  };
}

/** What a row says. Never throws: what does not hold any more is left out, with the reason. */
export function enteredOf(row: CredentialRow, accounts: EnteredAccounts, sealing: Sealing): Entered {
  const told = bareOf(row);
  if (row.sealed === null) return { row, told, problem: NO_SECRET };
  try {
    const whole = mustBe({ ...told, ...opened(row, row.sealed, accounts, sealing) });
    return { row, told, credential: accounts.credentialOf(row.provider, whole) };
  } catch (thrown) {
    const why = thrown instanceof ConfigError ? thrown.problems.join("; ") : (thrown as Error).message;
    return { row, told, problem: why };
  }
}

/** The members that are secret, where they open. They are looked at when they are changed, and not kept open. */
export function secretsOf(row: CredentialRow, accounts: EnteredAccounts, sealing: Sealing): JsonObject {
  try {
    return row.sealed === null ? {} : opened(row, row.sealed, accounts, sealing);
  } catch {
    return {};
  }
}

function opened(row: CredentialRow, sealed: string, accounts: EnteredAccounts, sealing: Sealing): JsonObject {
  const bound = accounts.boundOf(row.provider, mustBe(bareOf(row)));
  return JSON.parse(sealing.open(sealed, bound)) as JsonObject;
}

function bareOf({ name, settings }: CredentialRow): JsonObject {
  return { ...(JSON.parse(settings) as JsonObject), name };
}

/** @throws ConfigError */
export function mustBe(value: JsonObject): MadeCredential {
  const result = checkCredential(value, SOURCE);
  if ("value" in result) return result.value;
  throw new ConfigError(result.problems.map(({ line }) => line));
}

/** @throws GatewayError for what is wrong with it, with its place in the body */
export function checked(value: JsonObject): MadeCredential {
  const result = checkCredential(value, SOURCE);
  if ("problems" in result)
    throw invalid(result.problems[0]!.path.join("."), result.problems.map(({ line }) => line).join("\n"));
  const { name } = result.value;
  if (redact(name) !== name) throw invalid("name", "The name looks like a secret, and names are shown.");
  mustStandInPath("name", name);
  return result.value;
}

export function isSecret(member: string): boolean {
  return (CREDENTIAL_SECRETS as readonly string[]).includes(member);
}

const SHOWN = 4;
/** Of anything shorter too little would be left to guess. */
const HINTED = 20;

function hintOf({ api_key, access_key_id, credentials_json }: MadeCredential): string {
  const secret = api_key ?? access_key_id;
  if (secret === undefined) return credentials_json === undefined ? "" : "service account";
  return secret.length < HINTED ? "…" : `…${secret.slice(-SHOWN)}`;
}

export function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, param === "" ? {} : { param });
}

/** What the configuration would be refused for. */
export function refused(thrown: unknown): GatewayError {
  return thrown instanceof ConfigError ? invalid("", thrown.problems.join("\n")) : GatewayError.from(thrown);
}

/** As it is told. */
export function shown({ row, told, credential, problem }: Entered): ProviderCredential {
  const { name: _, weight, ...settings } = told;
  const terms = credential === undefined ? { ...NO_TERMS, weight: weight as number } : termsOf(credential);
  return {
    provider: row.provider,
    name: row.name,
    source: "api",
    read_only: false,
    ...terms,
    ...settings,
    hint: row.hint === "" ? null : row.hint,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
    ...(problem === undefined ? {} : { problem }),
  };
}

const NO_TERMS = { zero_data_retention: false, no_training: false, hipaa: false, regions: null };

/** What is said of its contract. */
export function termsOf({ weight, zeroDataRetention, noTraining, hipaa, regions }: Credential) {
  return { weight, zero_data_retention: zeroDataRetention, no_training: noTraining, hipaa, regions: regions ?? null };
}

/** As the audit log has it. */
export function noted({ provider, name, settings, sealed, hint }: CredentialRow): JsonObject {
  return { provider, name, ...(JSON.parse(settings) as JsonObject), hint, has_secret: sealed !== null };
}
