import type { Soon } from "../core/soon.ts";
import type { Statement } from "../store/database.ts";
import { keyHash } from "./keys.ts";
import { Seal, SealError } from "./seal.ts";

/** What an installation remembers of its secrets. */
export interface SecretSettings {
  get(name: string): Soon<string | undefined>;
  set(name: string, value: string, along?: readonly Statement[]): Soon<void>;
}

/** The secret of an installation, and while it is being changed the one before. */
export interface Secrets {
  readonly secret: string;
  readonly previous: string | undefined;
}

/** Setting by which a secret that is another one is recognised. */
export const PROOF = "secret_proof";
/** Setting that holds the secret under which keys are hashed, sealed, once that is another than the installation's. */
const HASHING = "hashing_secret";

export function proofOf(secret: string): string {
  return keyHash(PROOF, secret);
}

/**
 * The secret under which keys are hashed. It stays when the installation's is changed: of a key nobody has more than its hash.
 * @throws Error where it is sealed under a secret that is not told
 */
export async function hashingSecret(settings: SecretSettings, { secret, previous }: Secrets): Promise<string> {
  const sealed = await settings.get(HASHING);
  if (sealed !== undefined) return openedWith(new Seal(secret, previous), sealed);
  const proof = await settings.get(PROOF);
  return previous !== undefined && proof === proofOf(previous) ? previous : secret;
}

function openedWith(seal: Seal, sealed: string): string {
  try {
    return seal.open(sealed, HASHING);
  } catch (thrown) {
    if (!(thrown instanceof SealError)) throw thrown;
    throw new Error(
      "HEADGATE_SECRET is another one than that of this database: tell the right one. While it is being changed, HEADGATE_SECRET_PREVIOUS has the one before.",
    );
  }
}

/**
 * Puts what is remembered under the secret of now, so that the one before is needed no more. Twice is as good as once.
 * @param along is done in the same breath, where there is anything to do
 * @throws Error where neither is the one
 */
export async function rotated(
  settings: SecretSettings,
  secrets: Secrets,
  along: readonly Statement[] = [],
): Promise<void> {
  const { secret, previous } = secrets;
  const proof = await settings.get(PROOF);
  const isOne = [secret, previous].some((one) => one !== undefined && proof === proofOf(one));
  if (!isOne) throw new Error("neither HEADGATE_SECRET nor HEADGATE_SECRET_PREVIOUS is the secret of this database");
  const hashing = await hashingSecret(settings, secrets);
  if (hashing !== secret) await settings.set(HASHING, new Seal(secret).close(hashing, HASHING));
  if (proof !== proofOf(secret)) await settings.set(PROOF, proofOf(secret), along);
}
