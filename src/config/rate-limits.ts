import { z } from "zod";
import { fading } from "./fading.ts";

/** Whole, and not so many that a unit would be lost in the clock. */
const most = z.int().min(1).max(1_000_000_000);

const members = fading(() => ({
  requests_per_minute: most
    .optional()
    .describe("Most requests within a minute; they may come at once, and flow in again evenly."),
  tokens_per_minute: most
    .optional()
    .describe(
      "Most tokens within a minute, in and out: estimated while a request is served, counted when it is over. What was too little is made up for by those that follow.",
    ),
  concurrent_streams: most.optional().describe("Most streams that are open at a time."),
}));

/** Limits of one key, as the admin API takes them: what is absent is as it is for every key, `null` is without a limit. */
export const keyRateLimit = fading(() =>
  z.strictObject({
    requests_per_minute: most.nullable().optional().describe("Most requests within a minute."),
    tokens_per_minute: most.nullable().optional().describe("Most tokens within a minute, in and out."),
    concurrent_streams: most.nullable().optional().describe("Most streams that are open at a time."),
  }),
);

export const rateLimits = fading(() =>
  z
    .strictObject({
      gateway: z.strictObject(members()).prefault({}).describe("For all requests together."),
      per_key: z.strictObject(members()).prefault({}).describe("For each key that has no limits of its own."),
      per_user: z
        .strictObject(members())
        .prefault({})
        .describe("For each end user (`user`, `ai-reporting-user`) of a team, or of a key without one."),
      default_output_tokens: z
        .int()
        .min(0)
        .max(1_000_000)
        .default(1024)
        .describe("How many tokens an answer is taken to have while nobody knows, where the request names no most."),
    })
    .prefault({})
    .describe("How much may be asked within a minute. Whoever asks for more is told when to come again."),
);

export type RateLimitsConfig = z.output<ReturnType<typeof rateLimits>>;
