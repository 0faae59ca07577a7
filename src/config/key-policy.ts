import "./jitless.ts";

import { z } from "zod";
import { fading } from "./fading.ts";
import { keyRateLimit } from "./rate-limits.ts";

/** Something that is seen, without what would not be seen, could not be kept, or turns around what stands beside it. */
const CLEAN = /^(?=\s*\S)[^\p{Cc}\p{Cs}\u200E\u200F\u202A-\u202E\u2066-\u2069]*$/u;

/** A text that people read. */
export const words = (most: number) =>
  z.string().min(1).max(most).regex(CLEAN, "must be a text that can be read, without control characters");

const MODEL = /^(?:[\w.-]+\/(?:\*|[\w.:@/-]+)|\*)$/;
const modelName = z.string().max(256).regex(MODEL, "must be creator/name, or creator/*");
const tag = words(64);

/** What whoever has a key may do, as the admin API and the rules for guests take it. What is absent is not restricted. */
export const keyPolicyMembers = fading(() => ({
  models: z
    .array(modelName)
    .min(1)
    .max(500)
    .optional()
    .describe("The only models that may be asked for: `creator/name`, a virtual model, or `creator/*`."),
  providers: z.array(words(128)).min(1).max(100).optional().describe("Nobody else is asked, whatever a request says."),
  zero_data_retention: z.boolean().optional().describe("Nobody is asked who keeps anything."),
  no_training: z.boolean().optional().describe("Nobody is asked who may train on it."),
  hipaa: z.boolean().optional().describe("Nobody is asked with whom there is no agreement under HIPAA."),
  limits: keyRateLimit()
    .optional()
    .describe("How much within a minute; what is absent is as it is for every key, `null` is without a limit."),
  hedge: z
    .boolean()
    .optional()
    .describe("`false`: no stream is hedged, whatever a request says. `true`: each is, unless it says otherwise."),
  user: z
    .strictObject({
      required: z.boolean().optional().describe("Each request must tell its end user."),
      fixed: words(256).optional().describe("It is always this one, whatever a request says."),
    })
    .optional()
    .describe("The end user."),
  entity: z
    .strictObject({
      required: z.boolean().optional().describe("Each request must tell its `quotaEntityId`."),
      fixed: words(256).optional().describe("It is always this one, whatever a request says."),
    })
    .optional()
    .describe("What `quotaEntityId` says."),
  tags: z
    .strictObject({
      required: z.boolean().optional().describe("Each request must have one."),
      fixed: z.array(tag).min(1).max(10).optional().describe("Every request has these."),
      allowed: z.array(tag).min(1).max(200).optional().describe("A request may add only these."),
      most: z.int().min(0).max(10).optional().describe("A request may add so many."),
    })
    .optional()
    .describe("What requests are marked with, for reports and budgets."),
  keep_bodies: z.boolean().optional().describe("What is asked and answered is kept."),
}));

export const keyPolicy = fading(() => z.strictObject(keyPolicyMembers()));

export type KeyPolicyConfig = z.output<ReturnType<typeof keyPolicy>>;
