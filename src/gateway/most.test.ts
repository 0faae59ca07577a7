import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import type { Price, Rates } from "../core/money.ts";
import type { Leg } from "../routing/plan.ts";
import { callRange, hostedCalls } from "./hosted-calls.ts";
import { capInBody, capsInOptions, isPriced, mostOf } from "./most.ts";

/** Picodollars for one token, so that a thousand of them are as many nanodollars. */
const priced = (rates: Rates, tiers?: Price["tiers"]): Price => (tiers === undefined ? { rates } : { rates, tiers });
const leg = (price: Price | undefined, kind?: "byok") => ({ endpoint: { price }, credential: { kind } }) as Leg;
const most = (legs: readonly Leg[], more: Partial<Parameters<typeof mostOf>[0]> = {}, withByok = false) =>
  mostOf({ legs, operation: "generate", ceiling: undefined, times: 1, answers: 1, ...more }, 1000, 1000, withByok);

/** So many calls, of searches where no pictures are. */
const calling = (calls: number, pictures = 0) => ({
  hosted: {
    ...{ told: 0, open: pictures === 0 ? 1 : 0, pictures, gigabytes: 1, cap: undefined },
    meters: pictures === 0 ? (["searches", "file_searches"] as const) : [],
  },
  free: { calls, isBound: () => false },
});
const searchesIn = (body: JsonObject) => {
  const { told = 0, open = 0 } = hostedCalls({ body }) ?? {};
  return told + 10 * open;
};
const picturesIn = (body: JsonObject) => hostedCalls({ body })?.pictures ?? 0;

describe("the most that a request may cost", () => {
  test.each<[string, readonly Leg[], number | undefined]>([
    ["input and output", [leg(priced({ input: 2, output: 3 }))], 5],
    [
      "the dearest of all who may be asked",
      [leg(priced({ input: 9, output: 1 })), leg(priced({ input: 1, output: 20 }))],
      21,
    ],
    [
      "all of the input written to the dearest cache",
      [leg(priced({ input: 2, output: 3, cache_read: 1, cache_write_5m: 4, cache_write_1h: 7 }))],
      10,
    ],
    [
      "all of the output thought, or a picture",
      [leg(priced({ input: 0, output: 3, reasoning: 5, image_output: 30 }))],
      30,
    ],
    ["a higher tier", [leg(priced({ input: 2, output: 3 }, [{ above: 999, rates: { input: 20 } }]))], 23],
    ["no tier that is not reached", [leg(priced({ input: 2, output: 3 }, [{ above: 1000, rates: { input: 20 } }]))], 5],
    ["nothing, where that is written", [leg(priced({ input: 0, output: 0 }))], 0],
    ["nobody knows", [leg(undefined)], undefined],
    ["only of those whose price is known", [leg(undefined), leg(priced({ input: 2, output: 3 }))], 5],
    ["nothing on accounts of the client's own", [leg(priced({ input: 2, output: 3 }), "byok")], 0],
    ["ours beside them", [leg(priced({ input: 200, output: 3 }), "byok"), leg(priced({ input: 2, output: 3 }))], 5],
    ["nothing where only ours have no price", [leg(undefined), leg(priced({ input: 2, output: 3 }), "byok")], 0],
  ])("is %s", (_, legs, expected) => {
    expect(most(legs)).toBe(expected);
  });

  test("has accounts of the client's own in it where they count", () => {
    const own = leg(priced({ input: 200, output: 3 }), "byok");
    expect(most([own, leg(priced({ input: 2, output: 3 }))], {}, true)).toBe(203);
    expect(most([leg(undefined, "byok")], {}, true)).toBeUndefined();
  });

  test("is the ceiling's where nobody knows", () => {
    const ceiling = priced({ input: 50, output: 50 });
    expect(most([leg(undefined)], { ceiling })).toBe(100);
    expect(most([leg(priced({ input: 1 }))], { ceiling })).toBe(100);
    expect(most([leg(priced({ input: 1, output: 1 }))], { ceiling })).toBe(2);
  });

  test("is no more than the model can give, in each answer", () => {
    const small = { endpoint: { price: priced({ input: 2, output: 3 }), maxOutput: 100 }, credential: {} } as Leg;
    // 300 picodollars are no nanodollar yet.
    expect(most([small])).toBe(2);
    expect(most([small], { answers: 10 })).toBe(5);
    expect(most([small, leg(priced({ input: 0, output: 4 }))])).toBe(4);
  });

  test("has the searches in it that a provider may make", () => {
    expect(most([leg(priced({ input: 2, output: 3, searches: 7000 }))], calling(3))).toBe(26);
  });

  test("is twice as much where two may be asked", () => {
    expect(most([leg(priced({ input: 2, output: 3 }))], { times: 2 })).toBe(10);
  });

  test("of embeddings is what the input costs", () => {
    expect(isPriced(priced({ input: 2 }), "embed")).toBe(true);
    expect(isPriced(priced({ input: 2 }), "generate")).toBe(false);
    expect(
      mostOf(
        { legs: [leg(priced({ input: 2 }))], operation: "embed", ceiling: undefined, times: 1, answers: 1 },
        1000,
        0,
        false,
      ),
    ).toBe(2);
  });
});

describe("a cap in options for a provider", () => {
  test.each<[object | undefined, number | undefined]>([
    [undefined, undefined],
    [{}, undefined],
    [{ openai: { maxCompletionTokens: 7 } }, 7],
    [{ openai: { max_tokens: 7 }, anthropic: { maxTokens: 9 } }, 9],
    [{ google: { generationConfig: { maxOutputTokens: 7 } } }, 7],
    [{ bedrock: { inferenceConfig: { maxTokens: 7 } } }, 7],
    [{ gateway: { max_tokens: 7 } }, undefined],
    [{ openai: { maxCompletionTokens: 7 }, groq: { maxTokens: 3 } }, 7],
    [{ openai: { budgetTokens: 7, max_tool_calls: 9, tokens: 9 } }, undefined],
    [{ openai: [{ max_tokens: 7 }] }, undefined],
  ])("%j: %p", (options, cap) => {
    expect(capsInOptions(options as never)).toEqual(cap === undefined ? { loose: false } : { most: cap, loose: false });
  });

  test.each([null, "7", 1.5, -5, 0, 1e300, true])("%p is none", (max_tokens) => {
    expect(capsInOptions({ openai: { max_tokens } })).toEqual({ loose: true });
    expect(capsInOptions({ openai: { max_tokens }, groq: { maxTokens: 7 } })).toEqual({ most: 7, loose: true });
  });
});

test("of two caps in a body the higher one is counted", () => {
  expect(capInBody({ max_tokens: 7, max_completion_tokens: 9, tokens: 90, max_output_tokens: "99" })).toBe(9);
  expect(capInBody({ max_tokens: null })).toBe(0);
});

test.each([
  [{}, 0],
  [{ tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }, { type: "web_search" }] }, 13],
  [
    {
      tools: [{ type: "web_search", max_uses: -1 }, { type: "file_search" }, { type: "function", name: "web_search" }],
    },
    20,
  ],
  [{ web_search_options: {}, tools: [null, 5, {}] }, 10],
  [
    {
      tools: [
        { type: "provider", id: "anthropic.web_search_20250305", name: "look", args: { maxUses: 4 } },
        { type: "provider-defined", id: "openai.web_search", name: "web_search", args: {} },
        { type: "provider", id: "anthropic.bash_20250124", name: "bash", args: {} },
      ],
    },
    14,
  ],
])("%j may search, or the like, %d times", (body, times) => {
  expect(searchesIn(body as never)).toBe(times);
});

test("a request has a price of its own, the dearest where there are several", () => {
  const rates = { input: 2, output: 3, requests_low: 1000, requests_high: 7000, file_searches: 5000, searches: 4000 };
  expect(most([leg(priced(rates))])).toBe(5 + 7);
  expect(most([leg(priced(rates))], calling(2))).toBe(5 + 7 + 10);
});

describe("what is paid by something else than tokens", () => {
  const UNITS = { images: 3, input: 9000 };

  test("is reserved as the fewest that are paid", () => {
    const listener = leg({ rates: { seconds: 2_000_000 }, least: { seconds: 10 } });
    const asked = (seconds: number) => most([listener], { operation: "transcribe", units: { seconds } });
    expect([asked(1), asked(10), asked(11)]).toEqual([20_000, 20_000, 22_000]);
  });

  test("is reserved at the dearest of its kinds, beside the tokens", () => {
    const painter = leg({ rates: { images: 40_000 }, images: { hd: 80_000, "hd/7x7": 60_000 } });
    expect(most([painter], { operation: "image", units: UNITS })).toBe(240);
    expect(most([leg(priced({ images: 40_000, input: 2, output: 3 }))], { operation: "image", units: UNITS })).toBe(
      125,
    );
    expect(most([painter], { operation: "image" })).toBe(0);
  });

  test.each<[string, Rates, Parameters<typeof isPriced>[1], boolean]>([
    ["an image", { images: 1 }, "image", true],
    ["an image by its tokens", { input: 1, image_output: 1 }, "image", true],
    ["an image of which only the prompt", { input: 1 }, "image", false],
    ["a rerank", { search_units: 1 }, "rerank", true],
    ["a rerank by its tokens", { input: 1 }, "rerank", true],
    ["a text that is spoken", { characters: 1 }, "speech", true],
    ["a sound", { seconds: 1 }, "transcribe", true],
    ["a sound by its tokens, of which only those that are heard", { input: 1 }, "transcribe", false],
    ["a judgement that is free", { input: 0 }, "moderate", true],
    ["a judgement", {}, "moderate", false],
    ["talk, by the image", { images: 1 }, "generate", false],
  ])("%s has a price, or has none", (_, rates, operation, expected) => {
    expect(isPriced({ rates }, operation)).toBe(expected);
  });
});

test("pictures that a model of the provider's own may make are counted at the dearest that makes any", () => {
  const tools = [
    { type: "image_generation", model: "cheap" },
    { type: "function" },
    null,
    { id: "openai.image_generation" },
  ];
  expect([picturesIn({ tools }), picturesIn({}), picturesIn({ tools: "x" })]).toEqual([2, 0, 0]);
  const pictures = { cheap: { picture_drawn: 8 }, dear: { picture_drawn: 40 } };
  const drawing = {
    endpoint: { price: priced({ input: 2, output: 3 }), tariff: { pictures } },
    credential: {},
  } as unknown as Leg;
  expect(most([drawing], calling(2, 2))).toBe(5 + 2 * 400);
  expect([most([drawing]), most([leg(priced({ input: 2, output: 3 }))], calling(2, 2))]).toEqual([5, 5]);
});

describe("tools are counted wherever a client offers them, and whatever it calls them beside", () => {
  test.each<[string, JsonObject, [searches: number, pictures: number]]>([
    ["in options for a provider", { providerOptions: { openai: { tools: [{ type: "image_generation" }] } } }, [0, 1]],
    [
      "beside those of the body",
      {
        tools: [{ type: "web_search" }],
        providerOptions: { azure: { tools: [{ type: "image_generation" }, { type: "file_search" }] } },
      },
      [20, 1],
    ],
    ["alone, where a list is wanted", { providerOptions: { google: { tools: { googleSearch: {} } } } }, [10, 0]],
    ["by a member", { providerOptions: { google: { tools: [{ google_search: {} }, { urlContext: {} }] } } }, [10, 0]],
    ["as an option", { providerOptions: { openai: { webSearchOptions: {} } } }, [10, 0]],
    ["as an option, as it is written there", { providerOptions: { openai: { web_search_options: {} } } }, [10, 0]],
    [
      "under a name of its own",
      {
        tools: [
          { type: "image_generation", id: "x" },
          { type: "web_search", id: "" },
        ],
      },
      [10, 1],
    ],
    [
      "for the gateway, which reads none",
      { providerOptions: { gateway: { tools: [{ type: "web_search" }] } } },
      [0, 0],
    ],
    [
      "and those that it uses itself are none",
      { tools: [{ type: "function", function: { name: "web_search" } }] },
      [0, 0],
    ],
    ["nor what is none", { tools: "x", providerOptions: { openai: { tools: [null, 5, []] }, azure: "x" } }, [0, 0]],
  ])("%s", (_, body, expected) => {
    expect([searchesIn(body), picturesIn(body)]).toEqual(expected);
  });
});

test("a container counts as often as it has gigabytes, where these are more than there are calls", () => {
  const running = leg(priced({ input: 2, output: 3, containers: 1000 }));
  const having = (memory_limit: string) => {
    const body = { tools: [{ type: "code_interpreter", container: { type: "auto", memory_limit } }] };
    const hosted = hostedCalls({ body });
    return most([running], { hosted, free: { calls: 10, isBound: () => false } });
  };
  expect(["1g", "4g", "16g", "64g", "x"].map(having)).toEqual([15, 15, 21, 69, 15]);
});

test("tools that are paid for once a request are counted once, each", () => {
  const rates = { input: 2, output: 3, searches: 4000, file_searches: 5000 };
  const asked = { endpoint: { price: priced(rates), tariff: { once: true } }, credential: {} } as unknown as Leg;
  expect(most([asked], calling(10))).toBe(5 + 4 + 5);
});

test("what a model does unasked is counted with it", () => {
  const unasked = { searches: 3, citations: 1000, output: 1000, reasoning: 1000 };
  const rates = { input: 2, output: 3, reasoning: 1, searches: 4000, citations: 7 };
  const deep = { endpoint: { price: priced(rates), tariff: { unasked } }, credential: {} } as unknown as Leg;
  expect(most([deep])).toBe(5 + 12 + 7 + 1);
});

describe("who can be held to a number of calls", () => {
  const priceless = { price: priced({ input: 2, output: 3, searches: 1000 }) };
  const one = { endpoint: priceless, credential: {} } as Leg;

  test("is counted with those that are reserved, and all others with the usual number where that is more", () => {
    const free = { calls: 10, isBound: (leg: Leg) => leg === one };
    const asked = { ...calling(10), free };
    const at = (legs: readonly Leg[], calls: number) =>
      mostOf({ legs, operation: "generate", ceiling: undefined, times: 1, answers: 1, ...asked }, 0, 0, false, calls);
    expect([at([one], 3), at([one], 30)]).toEqual([3, 30]);
    expect([at([one, { ...one }], 3), at([{ ...one }], 30)]).toEqual([10, 30]);
  });

  test.each<[string, JsonObject, string[], [usual: number, least: number]]>([
    ["each tool", { tools: [{ type: "web_search_20250305" }] }, ["anthropic-messages"], [10, 1]],
    ["two tools", { tools: [{ type: "web_search" }, { type: "file_search" }] }, ["anthropic-messages"], [20, 2]],
    [
      "a tool that has its end",
      { tools: [{ type: "web_search_20250305", max_uses: 3 }, { type: "code_interpreter" }] },
      ["anthropic-messages"],
      [13, 4],
    ],
    ["all tools", { tools: [{ type: "web_search" }, { type: "file_search" }] }, ["openai-responses"], [20, 1]],
    ["all that have an end", { tools: [{ type: "web_search" }], max_tool_calls: 40 }, ["openai-responses"], [40, 40]],
    ["all that have a near end", { tools: [{ type: "web_search" }], max_tool_calls: 2 }, ["openai-responses"], [2, 2]],
    [
      "an end that one of them does not know",
      { tools: [{ type: "web_search" }], max_tool_calls: 2 },
      ["openai-responses", "anthropic-messages"],
      [10, 2],
    ],
    ["turns", { tools: [{ type: "x_search" }], max_turns: 2 }, ["openai-responses"], [6, 6]],
    [
      "an end in options",
      { tools: [{ type: "x_search" }], providerOptions: { lab: { maxToolCalls: 7 } } },
      ["openai-responses"],
      [7, 7],
    ],
    ["pictures", { tools: [{ type: "image_generation" }] }, ["openai-responses"], [1, 1]],
    [
      "pictures of what is found",
      { tools: [{ type: "image_generation" }, { type: "web_search" }] },
      ["openai-responses"],
      [3, 1],
    ],
  ])("%s", (_, body, wires, [usual, least]) => {
    const legs = wires.map((wire) => ({ ...one, wire }) as Leg);
    expect(callRange(hostedCalls({ body })!, legs)).toEqual({ usual, least });
  });
});
