import { rotated, type SecretSettings, type Secrets } from "../access/rotation.ts";
import { Seal } from "../access/seal.ts";
import { checkCredential } from "../config/credential.ts";
import type { JsonObject } from "../core/json.ts";
import type { CredentialRow } from "../store/credentials.ts";
import type { Soon, Statement } from "../store/database.ts";
import type { EnteredAccounts } from "./entered-account.ts";

export interface ResealParts extends Secrets {
  settings: SecretSettings;
  credentials: {
    all(): Soon<CredentialRow[]>;
    update(row: CredentialRow, beforeMs: number, along: readonly Statement[]): Soon<boolean>;
  };
  accounts: Pick<EnteredAccounts, "boundOf">;
  /** What writes down something that is done, along with it. */
  said(action: string, target: string): readonly Statement[];
}

export interface Resealed {
  /** How many are sealed under the secret of now that were not before. */
  readonly count: number;
  /** Those that open under neither, or are for another address: they are to be entered again. */
  readonly left: readonly string[];
}

/** Seals everything under the secret of now. Broken off, it goes on where it was the next time. @throws Error where neither is the secret */
export async function reseal(parts: ResealParts): Promise<Resealed> {
  const { settings, credentials, accounts, said, secret, previous } = parts;
  const seal = new Seal(secret, previous);
  let count = 0;
  const left: string[] = [];
  for (const row of await credentials.all()) {
    if (row.sealed === null || seal.isCurrent(row.sealed)) continue;
    const bound = boundOf(row, accounts);
    const text = bound === undefined ? undefined : opened(seal, row.sealed, bound);
    if (bound === undefined || text === undefined) {
      left.push(`${row.provider}/${row.name}`);
      continue;
    }
    const whole = { ...row, sealed: seal.close(text, bound), updatedAt: row.updatedAt + 1 };
    const name = `${row.provider}/${row.name}`;
    if (await credentials.update(whole, row.updatedAt, said("credential.reseal", name))) count++;
    else left.push(name);
  }
  // The last: until then both are needed, and said to be.
  await rotated(settings, { secret, previous }, said("secret.change", "installation"));
  return { count, left };
}

function boundOf({ provider, name, settings }: CredentialRow, accounts: ResealParts["accounts"]): string | undefined {
  const told = checkCredential({ ...(JSON.parse(settings) as JsonObject), name }, "the database");
  try {
    return "value" in told ? accounts.boundOf(provider, told.value) : undefined;
  } catch {
    return undefined;
  }
}

function opened(seal: Seal, sealed: string, bound: string): string | undefined {
  try {
    return seal.open(sealed, bound);
  } catch {
    return undefined;
  }
}
