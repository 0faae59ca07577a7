import type { Proof } from "../credentials.ts";

/** The secret alone in a header of the provider's choosing. */
export function headerProof(name: string): Proof {
  return (secret) => ({ [name]: secret });
}
