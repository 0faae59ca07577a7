import { createHmac } from "node:crypto";

/** Not a secret: simulators of different days must know each other's signatures. */
const KEY = "headgate simulator";
const SIGNATURE_HEAD = Buffer.from("12cd020a870108041018022a40", "hex");
const REDACTED_HEAD = Buffer.from("12d8010a4608071802", "hex");
const NONCE_BYTES = 12;

/** The signature of a thinking block. It changes with every letter of the thought. */
export function signThought(thought: string): string {
  const mac = createHmac("sha256", KEY).update(thought).digest();
  return Buffer.concat([SIGNATURE_HEAD, mac, mac.subarray(0, 13)]).toString("base64");
}

export function isSignatureOf(signature: string, thought: string): boolean {
  return signature === signThought(thought);
}

/** The data of a redacted thinking block, which nobody but the simulator can read. */
export function redact(thought: string): string {
  const nonce = createHmac("sha256", KEY).update(`redacted ${thought}`).digest().subarray(0, NONCE_BYTES);
  return Buffer.concat([REDACTED_HEAD, nonce, createHmac("sha256", KEY).update(nonce).digest()]).toString("base64");
}

/** Whether this data was made by {@link redact}. */
export function isRedacted(data: string): boolean {
  const bytes = Buffer.from(data, "base64");
  const nonce = bytes.subarray(REDACTED_HEAD.length, REDACTED_HEAD.length + NONCE_BYTES);
  const mac = bytes.subarray(REDACTED_HEAD.length + NONCE_BYTES);
  return (
    bytes.toString("base64") === data &&
    bytes.subarray(0, REDACTED_HEAD.length).equals(REDACTED_HEAD) &&
    mac.equals(createHmac("sha256", KEY).update(nonce).digest())
  );
}
