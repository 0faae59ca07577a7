import { z } from "zod";
import { ABILITIES } from "../catalog/model.ts";
import { QUIRKS, type Quirk } from "../wires/quirk.ts";

/**
 * `headgate.yaml`: this schema is the type, the check, the JSON Schema for editors (`headgate.schema.json`) and the
 * reference. Every member has a description; a default stands where one exists.
 */

const milliseconds = z.int().min(1).max(86_400_000);
const NAME = "a provider's name is letters, digits, `.`, `_` and `-`, and begins with a small letter or a digit";
const usdPerMillion = z.number().min(0).max(1_000_000);
const quirk = z.enum(Object.keys(QUIRKS) as [Quirk, ...Quirk[]]);

/** What becomes a part of a host's name or of a path. */
const part = z.string().regex(/^[a-z0-9-]{1,63}$/, "must be small letters, digits and hyphens");

const price = z
  .strictObject({
    input: usdPerMillion.optional().describe("Input tokens."),
    output: usdPerMillion.optional().describe("Output tokens."),
    cache_read: usdPerMillion.optional().describe("Input tokens read from the provider's cache."),
    cache_write: usdPerMillion.optional().describe("Input tokens written to the provider's cache for five minutes."),
    cache_write_1h: usdPerMillion.optional().describe("Input tokens written to the provider's cache for an hour."),
    reasoning: usdPerMillion.optional().describe("Reasoning tokens, where they cost other than output."),
  })
  .describe("USD per million tokens. Zero must be written: a model without a price is unpriced, not free.");

const clocks = z
  .strictObject({
    connect_ms: milliseconds.optional().describe("Name resolution, TCP and TLS. Default 10000."),
    first_byte_ms: milliseconds
      .optional()
      .describe("Until the head of the answer. Default 300000: models may think before it."),
    first_content_ms: milliseconds.optional().describe("Until the first content; pings are none. Default 300000."),
    idle_ms: milliseconds.optional().describe("Between two pieces of an answer. Default 120000."),
    total_ms: milliseconds.optional().describe("A whole answer. Default 1800000."),
  })
  .describe("How long to wait for a provider.");

const model = z.strictObject({
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
  type: z.enum(["language", "embedding"]).default("language").describe("What it does."),
  context_window: z.int().min(1).optional().describe("Tokens of input and output together."),
  max_output: z.int().min(1).optional().describe("Most tokens of one answer."),
  abilities: z.array(z.enum(ABILITIES)).optional().describe("What it can do beyond text."),
  quirks: z.array(quirk).optional().describe("Deviations of the model from its wire."),
  price: price.optional(),
});

const provider = z.strictObject({
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
  wire: z
    .enum(["openai-chat", "openai-responses", "anthropic-messages"])
    .optional()
    .describe("What it speaks. Required for a provider that the catalogue does not have."),
  embeddings: z.boolean().optional().describe("Also serves OpenAI embeddings. Default true for openai-chat."),
  headers: z
    .record(z.string().regex(/^[\w-]+$/, "no name of a header field"), z.string())
    .optional()
    .describe("Further header fields for every request."),
  quirks: z.array(quirk).optional().describe("Deviations from the wire. Replaces those of the catalogue."),
  models: z.array(model).optional().describe("Models that it serves, beside those of the catalogue."),
  zero_data_retention: z.boolean().optional().describe("Your contract says that it keeps nothing. Default false."),
  no_training: z
    .boolean()
    .optional()
    .describe("Your contract says that it does not train on your data. Default false."),
  clocks: clocks.optional(),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("For editors."),
  host: z.string().min(1).default("127.0.0.1").describe("Address to listen on."),
  port: z.int().min(0).max(65535).default(8787).describe("Port to listen on; 0 takes a free one."),
  data: z.string().min(1).default("./data").describe("Folder for the database, the key secret and `first-run.txt`."),
  providers: z
    .record(z.string().regex(/^[a-z0-9][a-zA-Z0-9._-]*$/, NAME), provider)
    .default({})
    .describe("Who answers, by name."),
  clocks: clocks.default({}),
  retries: z
    .strictObject({
      same_endpoint: z
        .int()
        .min(0)
        .max(5)
        .default(2)
        .describe("Further attempts at an endpoint that is limiting or overloaded, where nobody else is left."),
      wait_ms: z
        .int()
        .min(0)
        .max(60_000)
        .default(5000)
        .describe("Longest that one request waits for that in all. Who asks for more is told to the client at once."),
      backoff_ms: z
        .int()
        .min(1)
        .max(10_000)
        .default(250)
        .describe("About the first wait where the provider asks for none; each further one is twice as long."),
    })
    .prefault({})
    .describe("How patiently the same is tried again."),
  health: z
    .strictObject({
      failures: z
        .int()
        .min(1)
        .max(1000)
        .default(5)
        .describe("Failures in a row after which an endpoint is left alone."),
      cooldown_ms: milliseconds
        .default(1000)
        .describe(
          "For how long at first, where the provider does not say. Then one request finds out, and it doubles.",
        ),
      longest_cooldown_ms: milliseconds.default(60_000).describe("And for how long at the most."),
    })
    .prefault({})
    .describe("When an endpoint is left alone because it fails."),
  limits: z
    .strictObject({
      body_bytes: z
        .int()
        .min(1024)
        .default(32 * 1024 * 1024)
        .describe("Largest request body."),
      // The largest body over 5 Mbit/s: people send photographs from where they are.
      body_ms: milliseconds.default(60_000).describe("Longest time for a body to arrive."),
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
    })
    .prefault({})
    .describe("What a request may be."),
  heartbeat_seconds: z
    .int()
    .min(1)
    .max(60)
    .default(15)
    .describe("Silence after which a stream gets a comment to keep it alive."),
  drain_seconds: z.int().min(0).max(3600).default(30).describe("How long SIGTERM lets open answers finish."),
  ledger: z
    .strictObject({
      sync: z
        .enum(["normal", "full"])
        .default("normal")
        .describe("`normal` survives a crash of the process, `full` also the loss of power."),
    })
    .prefault({})
    .describe("The record of usage."),
  simulate: z
    .enum(["auto", "always", "never"])
    .default("auto")
    .describe("The built-in simulator. `auto`: on loopback, when no provider has a credential."),
  admin_token: z.string().min(16).optional().describe("Secret for the admin API. Made at first start where absent."),
  admin_token_file: z.string().min(1).optional().describe("A file that holds it instead."),
});

/** The configuration, checked and with its defaults. */
export type Config = z.output<typeof configSchema>;
export type ProviderConfig = z.output<typeof provider>;
export type ModelConfig = z.output<typeof model>;
export type PriceConfig = z.output<typeof price>;
export type ClocksConfig = z.output<typeof clocks>;
