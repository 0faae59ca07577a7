import "./jitless.ts";

import { z } from "zod";
import { fading } from "./fading.ts";
import { milliseconds } from "./provider-schema.ts";

/** What a request may be: `limits` of the configuration. */
export const limits = fading(() =>
  z
    .strictObject({
      body_bytes: z
        .int()
        .min(1024)
        .default(32 * 1024 * 1024)
        .describe(
          "Largest request body; a third more at the one door whose body is a file in base64 (`transcription-model` of the AI SDK).",
        ),
      // The largest body over 5 Mbit/s: people send photographs from where they are.
      body_ms: milliseconds
        .default(60_000)
        .describe(
          "Longest time for a body to arrive. It has 12 s, and a second more for every 16 KB of it that are here.",
        ),
      file_bytes: z
        .int()
        .min(1024)
        .default(20 * 1024 * 1024)
        .describe(
          "Largest image or file that is fetched from an address in a request, for a provider that takes no addresses.",
        ),
      file_ms: milliseconds.default(10_000).describe("Longest time for one to arrive."),
      json_depth: z.int().min(8).max(1000).default(128).describe("Deepest nesting of a body."),
      json_tokens: z
        .int()
        .min(1000)
        .max(10_000_000)
        .default(400_000)
        .describe("Most values and names in a body; a name counts as four."),
      open_requests: z
        .int()
        .min(1)
        .optional()
        .describe(
          "Most requests that are open at a time; others are told to come again (503). Default: half as many as the process may have files open, and fewer for as long as it cannot keep up.",
        ),
      open_bytes: z
        .int()
        .min(1024)
        .optional()
        .describe(
          "Most bytes of bodies of more than 256 KB that are here at a time, until their replies are over; others are told to come again (503). Of one key there may be three times as much as is left for others, so that none takes it all (429); one that is alone always fits. Default: a quarter of the memory, of the container where it is in one; they need about twice as much.",
        ),
      open_per_address: z
        .int()
        .min(1)
        .optional()
        .describe(
          "And most from one address; what is over is a 429. Not behind a proxy, which is one address for everybody.",
        ),
    })
    .prefault({})
    .describe("What a request may be."),
);
