import "./jitless.ts";

import { z } from "zod";
import { fading } from "./fading.ts";

export const telemetry = fading(() =>
  z
    .strictObject({
      propagate: z
        .boolean()
        .default(false)
        .describe("Providers are told which trace a request belongs to (`traceparent`, `tracestate`)."),
      otlp: z
        .strictObject({
          endpoint: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe(
              "Collector that spans are sent to as OTLP over HTTP, in JSON: its address, without `/v1/traces`. Default: what `OTEL_EXPORTER_OTLP_ENDPOINT` says, or else nowhere.",
            ),
          headers: z
            .record(z.string().regex(/^[\w-]+$/, "no name of a header field"), z.string())
            .optional()
            .describe("Header fields for it, best as `${VARIABLE}`."),
          sample: z
            .number()
            .min(0)
            .max(1)
            .default(1)
            .describe("The part of traces that is kept, of those that begin here."),
        })
        .prefault({})
        .describe("Spans of what was asked and tried. Nothing of what anybody said is in them."),
    })
    .prefault({})
    .describe("What is told to those who watch."),
);
