import "./jitless.ts";

import { z } from "zod";
import { ABILITIES, MODEL_TYPES } from "../catalog/model.ts";
import { QUIRKS, type Quirk } from "../wires/quirk.ts";
import { fading } from "./fading.ts";

/** What a configuration says of one provider: on which accounts it is asked, and what it serves. */

export const milliseconds = z.int().min(1).max(86_400_000);
const usdPerMillion = z.number().min(0).max(1_000_000);
const usdEach = z.number().min(0).max(1000);
const quirk = z.enum(Object.keys(QUIRKS) as [Quirk, ...Quirk[]]);

/** What becomes a part of a host's name or of a path. */
const part = z.string().regex(/^[a-z0-9-]{1,63}$/, "must be small letters, digits and hyphens");

export const price = fading(() =>
  z
    .strictObject({
      input: usdPerMillion.optional().describe("Input tokens."),
      output: usdPerMillion.optional().describe("Output tokens."),
      cache_read: usdPerMillion.optional().describe("Input tokens read from the provider's cache."),
      cache_write: usdPerMillion.optional().describe("Input tokens written to the provider's cache for five minutes."),
      cache_write_1h: usdPerMillion.optional().describe("Input tokens written to the provider's cache for an hour."),
      reasoning: usdPerMillion.optional().describe("Reasoning tokens, where they cost other than output."),
      image: usdEach.optional().describe("USD for one image."),
      images: z
        .record(z.string(), usdEach)
        .optional()
        .describe("USD for one image of a quality, of a size, or of both as `quality/size`, where that is another."),
      minute: usdEach.optional().describe("USD for a minute of sound."),
      characters: usdPerMillion.optional().describe("Characters that are spoken."),
      search_unit: usdEach.optional().describe("USD for one search unit of reranking."),
    })
    .describe(
      "USD per million tokens, where nothing else is said. Zero must be written: a model without a price is unpriced, not free.",
    ),
);

export const clocks = fading(() =>
  z
    .strictObject({
      connect_ms: milliseconds.optional().describe("Name resolution, TCP and TLS. Default 10000."),
      first_byte_ms: milliseconds
        .optional()
        .describe("Until the head of the answer. Default 300000: models may think before it."),
      first_content_ms: milliseconds.optional().describe("Until the first content; pings are none. Default 300000."),
      idle_ms: milliseconds
        .optional()
        .describe("Between two pieces of an answer. Default 300000: models may think there, too."),
      total_ms: milliseconds.optional().describe("A whole answer. Default 1800000."),
    })
    .describe("How long to wait for a provider."),
);

export const model = fading(() =>
  z.strictObject({
    id: z
      .string()
      .regex(/^[\w.-]+\/[\w.:@-]+$/, "must be creator/name")
      .describe("How clients ask for it: `creator/name`."),
    upstream: z
      .string()
      .min(1)
      .optional()
      .describe("How the provider calls it. Default: as in the catalogue, or else the part after the slash."),
    name: z.string().optional().describe("For people."),
    type: z.enum(MODEL_TYPES).default("language").describe("What it does."),
    context_window: z.int().min(1).optional().describe("Tokens of input and output together."),
    max_output: z.int().min(1).optional().describe("Most tokens of one answer."),
    abilities: z.array(z.enum(ABILITIES)).optional().describe("What it can do beyond text."),
    quirks: z.array(quirk).optional().describe("Deviations of the model from its wire."),
    price: price().optional(),
  }),
);

/** One account at a provider: how it is reached and who asks, and what is in the contract. */
export const account = fading(() => ({
  api_key: z
    .string()
    .min(1)
    .optional()
    .describe("The secret, best as `${VARIABLE}`. `none` where the server wants none."),
  api_key_file: z.string().min(1).optional().describe("A file that holds the secret instead."),
  access_key_id: z
    .string()
    .min(1)
    .optional()
    .describe("AWS access key that signs requests, where there is no api_key. Needs secret_access_key."),
  secret_access_key: z.string().min(1).optional().describe("Its secret, best as `${VARIABLE}`."),
  secret_access_key_file: z.string().min(1).optional().describe("A file that holds it instead."),
  session_token: z.string().min(1).optional().describe("Its session token, where the key is a temporary one."),
  session_token_file: z.string().min(1).optional().describe("A file that holds it instead."),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, "no name of a region")
    .optional()
    .describe("Region of a provider that has several. Default: of the vendor's own variables, or else us-east-1."),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Where it is. Optional for providers of the catalogue."),
  project: part.optional().describe("Vertex AI: the project. Default: that of the service account."),
  location: part.optional().describe("Vertex AI: where the models run, such as `europe-west1`. Default `global`."),
  credentials_file: z
    .string()
    .min(1)
    .optional()
    .describe("Vertex AI: the key file of a service account, instead of an `api_key`."),
  zero_data_retention: z.boolean().optional().describe("Your contract says that it keeps nothing. Default false."),
  no_training: z
    .boolean()
    .optional()
    .describe(
      "Your contract says that it does not train on your data. Default: what the provider tells everybody, mostly false.",
    ),
  hipaa: z
    .boolean()
    .optional()
    .describe("You have an agreement with it as a business associate under HIPAA. Default false."),
  regions: z
    .array(z.string().regex(/^[a-z0-9-]{1,63}$/, "no name of a region"))
    .min(1)
    .optional()
    .describe(
      "All the regions in which your contract lets it process your data: `eu`, `us`, or names of the provider's own. Default: where its address is, if that is told by `region` or `location`; else anywhere.",
    ),
}));

export const credentialName = z.string().regex(/^[\w.-]{1,64}$/, "must be letters, digits, `.`, `_` and `-`");

export const weight = z
  .number()
  .min(0)
  .max(1000)
  .default(1)
  .describe("How often it is asked first, against the others. 0: only when no other is left.");

const credential = fading(() =>
  z.strictObject({
    name: credentialName.optional().describe("What it is called in records. Default: its number in the list."),
    weight,
    ...account(),
  }),
);

export const provider = fading(() =>
  z.strictObject({
    ...account(),
    credentials: z
      .array(credential())
      .min(1)
      .max(100)
      .optional()
      .describe(
        "Several accounts, instead of the secret above; one that refuses is followed by the next. What stands above and is no secret holds for each.",
      ),
    wire: z
      .enum(["openai-chat", "openai-responses", "anthropic-messages"])
      .optional()
      .describe("What it speaks. Required for a provider that the catalogue does not have."),
    embeddings: z.boolean().optional().describe("Also serves OpenAI embeddings. Default true for openai-chat."),
    completions: z
      .boolean()
      .optional()
      .describe("Also serves OpenAI's older completions. Default false: whoever asks for one is answered by a chat."),
    headers: z
      .record(z.string().regex(/^[\w-]+$/, "no name of a header field"), z.string())
      .optional()
      .describe("Further header fields for every request."),
    quirks: z.array(quirk).optional().describe("Deviations from the wire. Replaces those of the catalogue."),
    models: z.array(model()).optional().describe("Models that it serves, beside those of the catalogue."),
    clocks: clocks().optional(),
  }),
);
