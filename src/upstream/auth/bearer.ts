import type { Proof } from "../credentials.ts";

/** `Authorization: Bearer …` */
export const bearerProof: Proof = (secret) => ({ authorization: `Bearer ${secret}` });
