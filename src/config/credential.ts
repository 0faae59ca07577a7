import "./jitless.ts";

import { z } from "zod";
import type { Checked } from "./direction.ts";
import { explain } from "./explain.ts";
import { fading } from "./fading.ts";
import { account, credentialName, weight } from "./provider-schema.ts";
import type { ProviderConfig } from "./schema.ts";

/** One account at a provider as the admin API takes it. No files: whoever may call it is not to read this machine's. */

/** What a field of a header can carry. A line break at its end comes along where a secret is pasted. */
const secret = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,4096}$/, "must be a text without spaces or characters beyond ASCII, at most 4096");

const secrets = fading(() => ({
  api_key: secret.optional(),
  access_key_id: secret.optional(),
  secret_access_key: secret.optional(),
  session_token: secret.optional(),
  credentials_json: z.string().min(2).max(16_384).optional(),
}));

const made = fading(() => {
  const { base_url, region, project, location, zero_data_retention, no_training, hipaa, regions } = account();
  return z.strictObject({
    name: credentialName,
    weight,
    ...{ base_url, region, project, location, zero_data_retention, no_training, hipaa, regions },
    ...secrets(),
  });
});

export type MadeCredential = z.output<ReturnType<typeof made>>;

/** Members of one that nobody is shown again. */
export const CREDENTIAL_SECRETS = [
  "api_key",
  "access_key_id",
  "secret_access_key",
  "session_token",
  "credentials_json",
] as const satisfies readonly (keyof ReturnType<typeof secrets>)[];

/** Members that say where it is: a secret is entered for these. */
export const CREDENTIAL_PLACES = ["base_url", "region", "project", "location"] as const;

/** One credential, checked. Values are never repeated. @param source where it was told */
export function checkCredential(value: unknown, source: string): Checked<MadeCredential> {
  const result = made().safeParse(value);
  return result.success ? { value: result.data } : { problems: explain(result.error.issues, made(), () => source) };
}

/** What the configuration would say of the same account, but for the key file that stands here as a text. */
export function asAccount({
  name: _,
  weight: __,
  credentials_json: ___,
  ...told
}: MadeCredential): Partial<ProviderConfig> {
  return told;
}
