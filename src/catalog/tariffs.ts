import type { Rates } from "../core/money.ts";
import type { Usage } from "../core/usage.ts";

/** How many times the usual price, as a fraction: nine fifths are `[9, 5]`. */
export type Times = readonly [of: number, by: number];

export const SERVICES = ["flex", "priority", "ultrafast", "fast"] as const;
export type Service = (typeof SERVICES)[number];

/** What a model costs otherwise at a provider. Absent: the usual, or nobody knows. */
export interface Tariff {
  /** … by how it is served: at leisure, ahead of others, and in modes that a provider has for haste. */
  readonly services?: Partial<Record<Service, Times>>;
  /** … where it stays in a part of the world, as it was asked to. */
  readonly regional?: Times | undefined;
  /** … on working days, from one hour of UTC to another. */
  readonly peaks?: { readonly hours: readonly (readonly [from: number, to: number])[]; readonly times: Times };
  /** … and what the provider's own tools cost beside it. */
  readonly tools?: Rates;
  /** … which are paid for once a request, however often they are used. */
  readonly once?: true;
  /** … and what it does beside, without being asked to, which is reserved: as much as anybody tells of. */
  readonly unasked?: Usage;
  /** … and the models that make pictures for it, by what the provider calls them. */
  readonly pictures?: Readonly<Record<string, Rates>>;
}

/** By how the provider calls a model, or its maker does. All that fit hold, the later ones before the earlier. */
export type Tariffs = readonly (readonly [name: RegExp, tariff: Tariff])[];

/** The tariff of a model at a provider, under any of its names; `undefined` where nothing costs otherwise. */
export function tariffOf(provider: string, ...names: string[]): Tariff | undefined {
  let found: Tariff | undefined;
  for (const [name, tariff] of Object.hasOwn(TARIFFS, provider) ? TARIFFS[provider]! : []) {
    if (!names.some((one) => name.test(one))) continue;
    found = {
      ...found,
      ...tariff,
      services: { ...found?.services, ...tariff.services },
      tools: { ...found?.tools, ...tariff.tools },
    };
  }
  return found;
}

const HALF: Times = [1, 2];
const TWICE: Times = [2, 1];
/** What most ask for staying in a part of the world. */
const TENTH_MORE: Times = [11, 10];

/** USD for a thousand of them, in picodollars for each. */
const perThousand = (usd: number) => Math.round(usd * 1e9);

/**
 * Flex is half, whatever the model: https://developers.openai.com/api/docs/guides/flex-processing (Batch API rates). Priority, called fast mode
 * since 2026-07, by model: https://openai.com/api-fast-mode/, https://openai.com/api-priority-processing/, twice since GPT-6:
 * https://developers.openai.com/api/docs/models/gpt-6.1-sol, where ultrafast stands as well. Data residency is a tenth more for models released since 2026-03-05:
 * https://developers.openai.com/api/docs/guides/data-residency. Tools: https://developers.openai.com/api/docs/pricing; a container is
 * of 1 GB unless its client says otherwise (all read 2026-11-26).
 */
const OPENAI: Tariffs = [
  [
    /./,
    {
      pictures: {
        "gpt-image-1": pictures(5, 10, 1.25, 40),
        "gpt-image-1-mini": pictures(2, 2.5, 0.2, 8),
        "gpt-image-1.5": pictures(5, 8, 1.25, 32, 10),
        "gpt-image-2": pictures(5, 8, 1.25, 30),
      },
      services: { flex: HALF, priority: TWICE, ultrafast: [6, 1] },
      tools: { file_searches: perThousand(2.5), containers: perThousand(30) },
    },
  ],
  [/^gpt-5\.5/, { services: { priority: [5, 2] } }],
  [/^gpt-5-mini/, { services: { priority: [9, 5] } }],
  [/^(gpt-4\.1|o3)/, { services: { priority: [7, 4] } }],
  [/^gpt-4\.1-nano/, { services: { priority: TWICE } }],
  // Of the older tool for models that do not think: https://developers.openai.com/api/docs/pricing
  [/^gpt-4(o|\.1)/, { tools: { preview_searches: perThousand(25) } }],
  // They search before each answer: https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat
  [/^gpt-4o(-mini)?-search-preview/, { tools: requests(25, 25, 25) }],
  [/^gpt-4o/, { services: { priority: [17, 10] } }],
  [/^gpt-4o-2024-05-13/, { services: { priority: [7, 4] } }],
  [/^gpt-4o-mini/, { services: { priority: [5, 3] } }],
  [/^o4-mini/, { services: { priority: [20, 11] } }],
  [/^gpt-(5\.[4-9]|[6-9])/, { regional: TENTH_MORE }],
];

/** Claude since 4.5, at clouds: https://platform.claude.com/docs/en/about-claude/pricing (regional endpoints, read 2026-11-26). */
const CLAUDE_SINCE_4_5 = /claude-(haiku|sonnet|opus|fable|mythos)-(4[-.][5-9]|[5-9])/;

/**
 * Google's maps, by the prompt before Gemini 3: https://ai.google.dev/gemini-api/docs/pricing (2026-11, as
 * https://github.com/iyulab/TokenMeter/releases/tag/v0.14.0 has it from there).
 */
const MAPS: Tariffs = [
  [/^gemini-[12]\b/, { tools: { places: perThousand(25) }, once: true }],
  [/^gemini-([3-9]|\d\d)/, { tools: { places: perThousand(14) } }],
];

/** By provider. */
const TARIFFS: Readonly<Record<string, Tariffs>> = {
  openai: OPENAI,
  // Flex is half: https://learn.microsoft.com/en-us/azure/foundry/openai/how-to/flex-processing. Of priority Azure's own pages draw the price in
  // the browser, by region (https://learn.microsoft.com/en-us/azure/foundry/openai/concepts/priority-processing): it is taken to be OpenAI's.
  azure: OPENAI.map(([name, { regional: _, ...tariff }]) => [name, tariff]),
  // The prices of those whose models it passes on: https://openrouter.ai/docs/guides/features/service-tiers
  openrouter: OPENAI.flatMap(([name, { services }]) => (services === undefined ? [] : [[name, { services }] as const])),
  // https://platform.claude.com/docs/en/build-with-claude/fast-mode; where `inference_geo` is "us":
  // https://platform.claude.com/docs/en/manage-claude/data-residency. Priority is paid for before.
  anthropic: [[/./, { services: { fast: TWICE }, regional: TENTH_MORE }]],
  // Twice as much in peak hours, from Monday to Friday: https://api-docs.deepseek.com/quick_start/pricing (2026-11). Public holidays of
  // China are none, but are told a year ahead at the most, each time anew: they are taken for working days, which is the dearer.
  deepseek: [
    [
      /^deepseek-(flash|v4)/,
      {
        peaks: {
          hours: [
            [1, 4],
            [6, 10],
          ],
          times: TWICE,
        },
      },
    ],
  ],
  // Flex is half, priority "75 % to 100 % more": https://ai.google.dev/gemini-api/docs/optimization; by model, mostly four fifths more:
  // https://ai.google.dev/gemini-api/docs/pricing (2026-11)
  google: [[/^gemini-/, { services: { flex: HALF, priority: [9, 5] } }], ...MAPS],
  // Flex is half: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deploy/flex-paygo. Of priority no page but one that is
  // drawn in the browser says how much dearer it is (…/models/priority-paygo): as where nobody says. Fast Claude:
  // https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/claude/fable-5-2 (2026-11).
  vertex: [
    [/^gemini-/, { services: { flex: HALF } }],
    ...MAPS,
    [/^claude-/, { services: { fast: TWICE } }],
    [CLAUDE_SINCE_4_5, { regional: TENTH_MORE }],
  ],
  // Flex is cheaper, priority dearer: https://aws.amazon.com/bedrock/service-tiers/. By how much stands in figures that
  // https://aws.amazon.com/bedrock/pricing/ draws in the browser: half, and three quarters more (read 2026-11, not by us).
  bedrock: [
    [/./, { services: { flex: HALF, priority: [7, 4] } }],
    [CLAUDE_SINCE_4_5, { regional: TENTH_MORE }],
  ],
  // https://docs.x.ai/developers/pricing (2026-11): tools by the call; the US endpoint is a tenth more, tokens alone. Priority is told in the answer:
  // https://docs.x.ai/developers/advanced-api-usage/priority-processing.
  xai: [
    [
      /./,
      {
        services: { priority: TWICE },
        regional: TENTH_MORE,
        tools: {
          searches: perThousand(5),
          code_runs: perThousand(5),
          file_searches: perThousand(2.5),
          attachment_searches: perThousand(10),
        },
      },
    ],
  ],
  // A quarter more at addresses of a country: https://docs.together.ai/docs/serverless/geo-specific-inference
  togetherai: [[/./, { regional: [5, 4] }]],
  // A tenth more at addresses of a part of the world: https://docs.mistral.ai/inference/regional-inference,
  // https://docs.fireworks.ai/serverless/us-only-serverless (2026-11)
  mistral: [[/./, { regional: TENTH_MORE }]],
  fireworks: [[/./, { regional: TENTH_MORE }]],
  // By request, and how much is read for it: https://docs.perplexity.ai/getting-started/pricing
  perplexity: [
    [/^sonar$/, { tools: requests(5, 8, 12) }],
    [/^sonar-(pro|reasoning-pro)$/, { tools: requests(6, 10, 14) }],
    // USD per million. A request of 30 searches: https://openrouter.ai/perplexity/sonar-deep-research; tokens as of larger ones.
    [
      /^sonar-deep-research$/,
      {
        tools: { citations: 2_000_000 },
        unasked: { searches: 30, citations: 100_000, output: 100_000, reasoning: 100_000 },
      },
    ],
  ],
};

/** Addresses at which a provider keeps to a part of the world, which has its price. */
const RESIDENCES: Readonly<Record<string, RegExp>> = {
  // https://developers.openai.com/api/docs/guides/data-residency
  openai: /^https:\/\/[a-z]{2}\.api\.openai\.com\b/,
  // https://docs.together.ai/docs/serverless/geo-specific-inference
  togetherai: /^https:\/\/[a-z]{2}-api\.together\.(ai|xyz)\b/,
  // https://docs.x.ai/developers/pricing
  xai: /^https:\/\/[a-z]{2}(-[a-z0-9-]+)?\.api\.x\.ai\b/,
  // https://docs.mistral.ai/studio-api/regional-inference
  mistral: /^https:\/\/api\.[a-z]{2}\.mistral\.ai\b/,
  // https://docs.fireworks.ai/serverless/serverless-modes
  fireworks: /^https:\/\/[a-z]{2}\.api\.fireworks\.ai\b/,
};

export function isResidence(provider: string, address: string): boolean {
  return Object.hasOwn(RESIDENCES, provider) && RESIDENCES[provider]!.test(address);
}

/** USD for a million of tokens. */
function pictures(words: number, seen: number, kept: number, drawn: number, said = drawn): Rates {
  const [picture_words, picture_seen, picture_kept, picture_drawn, picture_said] = [words, seen, kept, drawn, said].map(
    (usd) => Math.round(usd * 1e6),
  ) as [number, number, number, number, number];
  return { picture_words, picture_seen, picture_kept, picture_drawn, picture_said };
}

function requests(low: number, medium: number, high: number): Rates {
  return {
    requests_low: perThousand(low),
    requests_medium: perThousand(medium),
    requests_high: perThousand(high),
  };
}
