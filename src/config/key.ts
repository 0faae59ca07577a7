import "./jitless.ts";

import { z } from "zod";
import { explain, type Problem } from "./explain.ts";
import { fading } from "./fading.ts";
import { keyPolicyMembers, words } from "./key-policy.ts";

/** What the admin API takes of keys and teams. */

const LONGEST_METADATA = 8192;
const metadata = z
  .record(words(64), z.json())
  .refine(
    (value) => JSON.stringify(value).length <= LONGEST_METADATA,
    `must be at most ${LONGEST_METADATA} characters`,
  );

/** The last millisecond of the year 9999. */
const LATEST = 253_402_300_799_999;

const key = fading(() =>
  z.strictObject({
    name: words(200),
    owner: words(200).optional(),
    team: words(64).optional(),
    expires_at: z.iso
      .datetime({ offset: true, error: "must be a time such as 2027-01-31T00:00:00Z" })
      .refine((time) => Date.parse(time) >= 0 && Date.parse(time) <= LATEST, "must be a time from 1970 to 9999")
      .optional(),
    disabled: z.boolean().optional(),
    ...keyPolicyMembers(),
    metadata: metadata.optional(),
  }),
);

const team = fading(() => z.strictObject({ name: words(200), metadata: metadata.optional() }));

/** A key, but for its secret and its budget. */
export type KeyTold = z.output<ReturnType<typeof key>>;
export type TeamTold = z.output<ReturnType<typeof team>>;

type Checked<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

export function checkKey(told: unknown): Checked<KeyTold> {
  return checked(key(), told);
}

export function checkTeam(told: unknown): Checked<TeamTold> {
  return checked(team(), told);
}

function checked<T>(schema: z.ZodType<T>, told: unknown): Checked<T> {
  const result = schema.safeParse(told);
  return result.success ? { value: result.data } : { problems: explain(result.error.issues, schema, () => "the body") };
}
