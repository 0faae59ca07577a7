import "./jitless.ts";

import { z } from "zod";
import { explain, type Problem } from "./explain.ts";
import { fading } from "./fading.ts";
import { provider, model as servedModel } from "./provider-schema.ts";

/** What the operator says of which models may be asked for: `routing_rules` and `virtual_models` of the configuration. */

const MODEL = /^[\w.-]+\/[\w.:@/-]+$/;
/** As models are called: with another slash nobody could look it up, and `..` is the folder above in every path. */
const VIRTUAL = /^(?=.{1,256}$)(?!\.+\/)[\w.-]+\/(?!\.+$)[\w.:@-]+$/;
const model = z.string().regex(MODEL, "must be creator/name");

const rule = fading(() =>
  z.strictObject({
    id: z
      .string()
      .regex(/^[\w.-]{1,64}$/, "must be letters, digits, `.`, `_` and `-`, at most 64")
      .describe("Its name. Clients that it denies are told."),
    type: z.enum(["rewrite", "deny"]).describe("`rewrite` asks for another model instead, `deny` refuses with a 403."),
    model: z
      .string()
      .regex(/^[\w.:@/-]*\*?$/, "must be creator/name, or how that begins and a `*`")
      .min(1)
      .describe("Which model it is for, as clients ask for it: `creator/name`, or the beginning of names and a `*`."),
    to: model.optional().describe("The model, or virtual model, that is asked for instead. For `rewrite`."),
    reason: z.string().min(1).max(300).optional().describe("Told to clients that are denied. For `deny`."),
    enabled: z.boolean().default(true).describe("Whether it holds."),
    description: z.string().optional().describe("For people."),
  }),
);

export const routingRules = fading(() =>
  z
    .array(rule())
    .default([])
    .describe(
      "Models that nobody may ask for, or for which others are asked. The first rule that is for a model counts.",
    ),
);

const candidate = fading(() =>
  z.strictObject({
    model: model.describe("The model: `creator/name`."),
    weight: z
      .number()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe("How often it is asked first, against the others; 0 only where they fail. Default 1."),
  }),
);

/** An address of the operator's, and what is known of who answers there. */
const relay = fading(() =>
  z
    .strictObject({
      ...provider().pick({ api_key: true, api_key_file: true }).shape,
      base_url: z.url({ protocol: /^https?$/ }).describe("Where it is, with what its paths begin with, such as `/v1`."),
      wire: provider().shape.wire.unwrap().default("openai-chat").describe("What is spoken there."),
      ...provider().pick({
        embeddings: true,
        completions: true,
        headers: true,
        zero_data_retention: true,
        no_training: true,
        hipaa: true,
        regions: true,
      }).shape,
      ...servedModel().pick({
        upstream: true,
        context_window: true,
        max_output: true,
        abilities: true,
        quirks: true,
        price: true,
      }).shape,
    })
    .describe(
      "Instead of `model`: an address to which requests are passed on. Over the admin API without `api_key`, `api_key_file` and `headers`.",
    ),
);

const options = z.record(z.string(), z.json());

const virtualModel = fading(() =>
  z.strictObject({
    model: model.optional().describe("The model that it stands for: an alias."),
    candidates: z
      .array(candidate())
      .min(1)
      .max(20)
      .optional()
      .describe(
        "Instead of `model`: several that it stands for, of which one is asked and the others stand in for it.",
      ),
    relay: relay().optional(),
    selector: z
      .enum(["priority", "weight", "cost", "ttft", "tps"])
      .optional()
      .describe(
        "By what one is chosen: as they are listed, by weight, lowest price, shortest wait, most tokens a second. Default `weight` where any has one, or else `priority`.",
      ),
    requires: z
      .array(z.string().min(1))
      .min(1)
      .max(20)
      .optional()
      .describe(
        "What whoever answers must be known to have, in the words of `tags` in /v1/models, such as `vision`. A candidate that does not is not chosen.",
      ),
    sticky: z
      .enum(["user"])
      .optional()
      .describe("`user`: the same end user is given the same candidate. For `weight`."),
    provider_options: z
      .record(z.string(), options)
      .default({})
      .describe(
        "As a client would write `providerOptions`: `gateway` for routing, others for providers. What stands here wins over what the client says; `zeroDataRetention` and its like add up.",
      ),
    name: z.string().min(1).optional().describe("For people."),
    description: z.string().optional().describe("For people."),
    status: z.enum(["draft", "active", "archived"]).default("active").describe("Only an `active` one is served."),
    visibility: z
      .enum(["public", "internal", "stealth"])
      .default("public")
      .describe(
        "Who finds it in /v1/models: everybody, those who have a key, nobody. Whoever has a key may ask for it.",
      ),
  }),
);

export const virtualModels = fading(() =>
  z
    .record(z.string().regex(VIRTUAL, "a virtual model is called creator/name, such as `vmc/support`"), virtualModel())
    .default({})
    .describe("Names of your own that stand for models and for how they are asked."),
);

export type RelayConfig = z.output<ReturnType<typeof relay>>;
export type RuleConfig = z.output<ReturnType<typeof rule>>;
export type VirtualModelConfig = z.output<ReturnType<typeof virtualModel>>;

/** Where requests are led: the part of the configuration that can be changed while the gateway runs. */
export interface DirectionsConfig {
  readonly routing_rules: readonly RuleConfig[];
  readonly virtual_models: Readonly<Record<string, VirtualModelConfig>>;
}

export type Checked<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

/** One rule, checked as in the configuration. @param source where it was told */
export function checkRule(value: unknown, source: string): Checked<RuleConfig> {
  const result = rule().safeParse(value);
  return result.success ? { value: result.data } : { problems: explain(result.error.issues, rule(), () => source) };
}

/** One virtual model, and its name, checked as in the configuration. @param source where it was told */
export function checkVirtualModel(name: string, value: unknown, source: string): Checked<VirtualModelConfig> {
  if (!VIRTUAL.test(name))
    return {
      problems: [
        { path: ["id"], line: `${source}: id: a virtual model is called creator/name, such as \`vmc/support\`` },
      ],
    };
  const result = virtualModel().safeParse(value);
  return result.success
    ? { value: result.data }
    : { problems: explain(result.error.issues, virtualModel(), () => source) };
}
