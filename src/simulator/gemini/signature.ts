import { createHmac } from "node:crypto";
import type { Json } from "../json.ts";

/** Not a secret: simulators of different days must know each other's signatures. */
const KEY = "headgate simulator";

/** The thought signature of a call. It changes with every letter of its arguments. */
export function signCall(name: string, args: Json | undefined): string {
  const mac = createHmac("sha512", KEY)
    .update(`${name} ${JSON.stringify(args)}`)
    .digest();
  return Buffer.concat([Buffer.from("0a310a2f", "hex"), mac.subarray(0, 47)]).toString("base64");
}
