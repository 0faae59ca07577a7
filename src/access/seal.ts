import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Why something sealed cannot be opened. */
export class SealError extends Error {
  /** `secret`: it was sealed under another secret; `bound`: it is for something else, or was changed. */
  readonly why: "secret" | "bound";

  constructor(why: "secret" | "bound", message: string) {
    super(message);
    this.name = "SealError";
    this.why = why;
  }
}

const VERSION = "s1";
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NAME_BYTES = 6;

interface SealKey {
  readonly key: Buffer;
  /** By which what was sealed with it is recognised. Tells nothing of it. */
  readonly name: string;
}

/**
 * Seals what lies on the disk under this installation's secret: AES-256-GCM with a key derived from it by HKDF, a nonce of chance for
 * each, and bound to what it is for, so that it opens for nothing else.
 */
export class Seal {
  private readonly now: SealKey;
  private readonly before: SealKey | undefined;

  /** @param previous the secret before this one, while there is still something sealed under it */
  constructor(secret: string, previous?: string) {
    this.now = keyOf(secret);
    this.before = previous === undefined ? undefined : keyOf(previous);
  }

  /** @param bound what it is for: it opens only where the same is said */
  close(text: string, bound: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.now.key, nonce).setAAD(Buffer.from(bound));
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${this.now.name}.${sealed.toString("base64url")}`;
  }

  /** Whether it was sealed under the secret of now. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${VERSION}.${this.now.name}.`);
  }

  /** @throws SealError */
  open(sealed: string, bound: string): string {
    const [version, name, text = ""] = sealed.split(".");
    const key = [this.now, this.before].find((one) => one?.name === name);
    if (version !== VERSION || key === undefined)
      throw new SealError("secret", "it was sealed under another HEADGATE_SECRET");
    const bytes = Buffer.from(text, "base64url");
    const end = bytes.length - TAG_BYTES;
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, key.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(end));
      return decipher.update(bytes.subarray(NONCE_BYTES, end), undefined, "utf8") + decipher.final("utf8");
    } catch {
      throw new SealError("bound", "it was sealed for something else, or was changed");
    }
  }
}

function keyOf(secret: string): SealKey {
  const derived = (use: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", secret, "", `headgate ${use} 1`, bytes));
  return { key: derived("seal", 32), name: derived("seal's name", NAME_BYTES).toString("hex") };
}
