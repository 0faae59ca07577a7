import { z } from "zod";
import { fading } from "./fading.ts";
import { price } from "./provider-schema.ts";

/** What of budgets is set for the whole installation. Budgets themselves are made by the admin API. */
export const budgets = fading(() =>
  z
    .strictObject({
      default_output_tokens: z
        .int()
        .min(16)
        .max(10_000_000)
        .default(4096)
        .describe(
          "Output tokens whose cost is reserved for a request that does not say how many it wants at the most. Streams reserve more as they grow, a quarter of this at a time.",
        ),
      ceiling_price: price()
        .optional()
        .describe(
          "What is reserved and counted against budgets for what has no price; needs `input` and `output`. Without it, such a request is refused where a budget applies.",
        ),
      wait_ms: z
        .int()
        .min(0)
        .max(60_000)
        .default(2000)
        .describe("Longest that a request waits where only what others have reserved stands in its way."),
      alerts: z
        .strictObject({
          url: z
            .url({ protocol: /^https?$/ })
            .describe("Where a POST goes when a share of a budget is spent. May be an address of your own network."),
          secret: z
            .string()
            .min(16)
            .optional()
            .describe("Under which it is signed: `x-headgate-signature: t=<Unix seconds>,v1=<HMAC-SHA256 of t.body>`."),
          secret_file: z.string().min(1).optional().describe("A file that holds it instead."),
        })
        .optional()
        .describe("Who is told when 50, 75 and 100 % of a budget are spent, or more than all of it."),
    })
    .refine(({ ceiling_price: at }) => at === undefined || (at.input !== undefined && at.output !== undefined), {
      message: "needs both input and output",
      path: ["ceiling_price"],
    })
    .prefault({})
    .describe("How budgets are kept."),
);
