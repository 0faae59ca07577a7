import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { Quirk } from "../wires/quirk.ts";
import { ASK, credential, endpoint } from "./fixtures/market.ts";
import { type Choice, type CredentialFacts, drawPlan, type Plan } from "./plan.ts";
import { type Preferences, readPreferences } from "./preferences.ts";

const NOTHING: Preferences = readPreferences(ASK, new Headers());

/** `chat` and `odd` speak the clients' wire, `other` another; `keyless` has no credential. */
const ENDPOINTS = {
  "lab/big": [
    endpoint("chat", "lab/big"),
    endpoint("keyless", "lab/big"),
    endpoint("odd", "lab/big", { quirks: new Set<Quirk>(["reasoning-content"]) }),
    endpoint("other", "lab/big", { wires: { generate: ["anthropic-messages"] } }),
  ],
  "lab/small": [endpoint("chat", "lab/small")],
  "lab/foreign": [endpoint("other", "lab/foreign", { wires: { generate: ["anthropic-messages"] } })],
  "lab/embedder": [endpoint("chat", "lab/embedder", { wires: { embed: ["openai-embeddings"] } })],
  // One completes as it stands, and two as a chat; the other does nothing but complete.
  "lab/completes": [
    endpoint("other", "lab/completes", { wires: { generate: ["anthropic-messages"] } }),
    endpoint("chat", "lab/completes", { wires: { complete: ["openai-completions"], generate: ["openai-chat"] } }),
    endpoint("odd", "lab/completes", { wires: { complete: ["openai-completions"] } }),
  ],
  "lab/locked": [endpoint("keyless", "lab/locked")],
  "lab/dated": [endpoint("chat", "lab/dated", { upstream: "labs/dated-2026-01-02" })],
} satisfies Record<string, Endpoint[]>;

function choiceOf(credentials: readonly CredentialFacts[]): Choice<CredentialFacts> {
  const names = ["chat", "keyless", "odd", "other"];
  return {
    endpoints: new Map(Object.entries(ENDPOINTS)),
    byOwnName: new Map([["chat/labs/dated-2026-01-02", ENDPOINTS["lab/dated"]]]),
    credentials: Map.groupBy(credentials, ({ provider }) => provider),
    slugs: new Map([...names.map((name) => [name, name] as const), ["chatty", "chat"], ["elsewhere", "elsewhere"]]),
    variables: new Map([...names.map((name) => [name, [`${name.toUpperCase()}_API_KEY`]] as const)]),
    wires: {
      outbound: new Set(["openai-chat", "anthropic-messages", "openai-embeddings"]),
      transcodes: new Set(["openai-chat", "openai-completions"]),
    },
  };
}

const CHOICE = choiceOf(["chat", "odd", "other"].map((name) => credential(name)));

function plan(preferences: Partial<Preferences> = {}, ask: Partial<Ask> = {}, choice = CHOICE): Plan {
  return drawPlan(choice, { ...ASK, ...ask }, { ...NOTHING, ...preferences });
}

function refusal(...told: Parameters<typeof plan>): GatewayError {
  try {
    plan(...told);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error(`planned: ${JSON.stringify(told)}`);
}

/** `provider for model`, in the order of the plan. */
function stepsOf({ legs }: Plan): string[] {
  return legs.map(({ endpoint }) => `${endpoint.provider} for ${endpoint.model}`);
}

function providersOf({ legs }: Plan): string[] {
  return legs.map(({ endpoint }) => endpoint.provider);
}

describe("without preferences", () => {
  test("the catalogue's order holds, and who has no credential is skipped and told", () => {
    const { legs, skipped } = plan();
    expect(legs.map(({ endpoint }) => endpoint.provider)).toEqual(["chat", "odd", "other"]);
    expect(skipped).toEqual([{ model: "lab/big", provider: "keyless", reason: "no credential" }]);
  });

  test("bytes are relayed on the client's own wire, unless the answer has another shape or must be changed", () => {
    const ways = (ask: Partial<Ask> = {}) => plan({}, ask).legs.map(({ wire, relay }) => [wire, relay]);
    expect(ways()).toEqual([
      ["openai-chat", true],
      ["openai-chat", false],
      ["anthropic-messages", false],
    ]);
    expect(ways({ hideReasoning: true }).map(([, relay]) => relay)).toEqual([false, false, false]);
  });

  test("a quirk that only changes requests leaves the answer its relay", () => {
    const choice = {
      ...CHOICE,
      endpoints: new Map([["lab/big", [endpoint("chat", "lab/big", { quirks: new Set(["no-user"]) })]]]),
    };
    expect(plan({}, {}, choice).legs[0]!.relay).toBe(true);
  });

  describe("a wire that tells more of the answer than the client's own", () => {
    const both = { generate: ["openai-chat", "openai-responses"] as const };
    const wiresTo = (asked: Partial<Ask>, more: Partial<Endpoint> = {}) => {
      const choice = {
        ...CHOICE,
        endpoints: new Map([["lab/big", [endpoint("chat", "lab/big", { wires: both, ...more })]]]),
      };
      return plan({}, asked, choice).legs.map(({ wire, relay }) => [wire, relay]);
    };
    const prefers = "openai-responses";
    test("is taken where it is offered", () => expect(wiresTo({ prefers })).toEqual([[prefers, false]]));
    test("is not where nobody prefers it", () => expect(wiresTo({})).toEqual([["openai-chat", true]]));
    test("is not where it is not offered", () =>
      expect(wiresTo({ prefers }, { wires: { generate: ["openai-chat"] } })).toEqual([["openai-chat", true]]));
    test("is not where the request needs the client's own", () =>
      expect(wiresTo({ prefers, needs: ["n"] })).toEqual([["openai-chat", true]]));
    test("is not where the provider tells it all by the client's own", () =>
      expect(wiresTo({ prefers }, { quirks: new Set<Quirk>(["reasoning-object"]) })).toEqual([["openai-chat", true]]));
  });

  test("each leg carries the credential of its own provider", () => {
    for (const { endpoint, credential } of plan().legs) expect(credential.provider).toBe(endpoint.provider);
  });
});

describe("a conversation with thinking that only one provider can read", () => {
  const choice = choiceOf(["a", "b", "c"].map((name) => credential(name)));
  const serving = (...seals: (string | undefined)[]) =>
    new Map([["lab/big", seals.map((one, i) => endpoint("abc"[i]!, "lab/big", { seals: one }))]]);
  const namesOf = (seals: (string | undefined)[], sealedAs?: string, order: string[] = []) => {
    const slugs = new Map(["a", "b", "c"].map((name) => [name, name]));
    const ask = { ...ASK, sealedAs: () => sealedAs };
    const { legs } = drawPlan({ ...choice, slugs, endpoints: serving(...seals) }, ask, { ...NOTHING, order });
    return legs.map((leg) => leg.endpoint.provider).join("");
  };

  test("goes to that one first, and else in the usual order", () => {
    expect(namesOf([undefined, "b-v1", "c-v1"], "c-v1")).toBe("cab");
    expect(namesOf([undefined, "b-v1", "c-v1"], "b-v1")).toBe("bac");
    expect(namesOf([undefined, "b-v1", "c-v1"], "other-v1")).toBe("abc");
    expect(namesOf([undefined, "b-v1", "c-v1"])).toBe("abc");
  });

  test("goes where the client says, if it says", () => {
    expect(namesOf([undefined, "b-v1", "c-v1"], "c-v1", ["a"])).toBe("acb");
  });

  test("is not looked into where everybody reads the same", () => {
    const ask = {
      ...ASK,
      sealedAs: () => {
        throw new Error("looked");
      },
    };
    expect(drawPlan({ ...choice, endpoints: serving(undefined, undefined) }, ask, NOTHING).legs).toHaveLength(2);
  });
});

describe("`order`", () => {
  test("may name a provider that does not serve the model: it is told, once", () => {
    expect(plan({ order: ["elsewhere", "chat"], only: ["elsewhere", "chat"] }).skipped).toContainEqual({
      model: "lab/big",
      provider: CHOICE.slugs.get("elsewhere")!,
      reason: "does not serve it here",
    });
  });

  test("comes first in its own order, and the others stay behind in theirs", () => {
    expect(providersOf(plan({ order: ["other"] }))).toEqual(["other", "chat", "odd"]);
    expect(providersOf(plan({ order: ["other", "odd"] }))).toEqual(["other", "odd", "chat"]);
  });

  test("knows aliases, and passes over known providers that cannot serve", () => {
    expect(providersOf(plan({ order: ["keyless", "elsewhere", "odd", "chatty"] }))).toEqual(["odd", "chat", "other"]);
  });

  test("holds for each model to fall back to as well", () => {
    expect(stepsOf(plan({ order: ["other"], models: ["lab/small"] }))).toEqual([
      "other for lab/big",
      "chat for lab/big",
      "odd for lab/big",
      "chat for lab/small",
    ]);
  });
});

describe("`only`", () => {
  test("leaves nobody else, in the catalogue's order", () => {
    const drawn = plan({ only: ["other", "chatty"] });
    expect(providersOf(drawn)).toEqual(["chat", "other"]);
    expect(drawn.skipped.map(({ provider, reason }) => [provider, reason])).toEqual([
      ["keyless", "not in `only`"],
      ["odd", "not in `only`"],
    ]);
  });

  test("and `order` both hold", () => {
    expect(providersOf(plan({ only: ["chat", "other"], order: ["other", "odd"] }))).toEqual(["other", "chat"]);
  });

  test("that leaves nobody is refused with everybody who could, and why each may not", () => {
    const error = refusal({ only: ["elsewhere"], models: ["lab/small"] });
    expect([error.code, error.status, error.type]).toEqual(["no_providers_available", 400, "no_providers_available"]);
    expect(error.message).toBe(
      "No provider can serve this request. chat for lab/big: not in `only`; keyless for lab/big: not in `only`; " +
        "odd for lab/big: not in `only`; other for lab/big: not in `only`; chat for lab/small: not in `only`.",
    );
  });

  test("of one who has no credential says so of that one", () => {
    expect(refusal({ only: ["keyless"] }).message).toContain("keyless for lab/big: no credential");
  });
});

describe.each(["order", "only"] as const)("a provider nobody knows, in `%s`,", (option) => {
  test("is refused with the near word and with what there is", () => {
    const error = refusal({ [option]: ["chat", "othr"] });
    expect([error.code, error.status]).toEqual(["invalid_request", 400]);
    expect(error.details.param).toBe(`providerOptions.gateway.${option}`);
    expect(error.message).toBe(
      `Nobody knows a provider "othr" (providerOptions.gateway.${option}). Did you mean "other"? Configured here: chat, odd, other.`,
    );
  });

  test("is refused where nothing is configured, too", () => {
    expect(refusal({ [option]: ["zzzzzzzzz"] }, {}, choiceOf([])).message).toEndWith("Configured here: none.");
  });
});

describe("`models`", () => {
  test("are tried after every provider of the first one, in their order, each once", () => {
    expect(stepsOf(plan({ models: ["lab/small", "lab/big", "lab/foreign", "lab/small"] }))).toEqual([
      "chat for lab/big",
      "odd for lab/big",
      "other for lab/big",
      "chat for lab/small",
      "other for lab/foreign",
    ]);
  });

  test("serve alone where nobody has a credential for the first one", () => {
    const drawn = plan({ models: ["lab/small"] }, { model: "lab/locked" });
    expect(stepsOf(drawn)).toEqual(["chat for lab/small"]);
    expect(drawn.skipped).toEqual([{ model: "lab/locked", provider: "keyless", reason: "no credential" }]);
  });

  test("that are in no catalogue are passed over and told: the request works without them", () => {
    const drawn = plan({ models: ["lab/smal", "lab/small", "zzz"] });
    expect(stepsOf(drawn).at(-1)).toBe("chat for lab/small");
    expect(drawn.skipped.slice(1)).toEqual([
      { model: "lab/smal", reason: 'no such model. Did you mean "lab/small"?' },
      { model: "zzz", reason: "no such model." },
    ]);
  });

  test("that are in no catalogue are named where nothing else is left", () => {
    const error = refusal({ models: ["zzz"], only: ["elsewhere"] }, { model: "lab/small" });
    expect(error.code).toBe("no_providers_available");
    expect(error.message).toContain("chat for lab/small: not in `only`; zzz: no such model.");
    expect(refusal({ models: ["zzz"] }, { model: "lab/locked" }).code).toBe("model_not_found");
  });
});

describe("a first model that is in no catalogue", () => {
  test.each([
    ["small", '"lab/small"'],
    ["Lab/Small", '"lab/small"'],
    ["chat/small", '"lab/small" (with providerOptions.gateway.only: ["chat"])'],
    ["chatty/big", '"lab/big" (with providerOptions.gateway.only: ["chat"])'],
    ["elsewhere/small", '"lab/small"'],
    ["labs/dated-2026-01-02", '"lab/dated"'],
    ["Chat/labs/dated-2026-01-02", '"lab/dated" (with providerOptions.gateway.only: ["chat"])'],
  ])("is not found as %s, but told how to ask for it", (model, meant) => {
    const error = refusal({}, { model });
    expect(error.message).toBe(`Model "${model}" not found. Did you mean ${meant}?`);
  });

  test("is not found, with the near word, whatever there is to fall back to", () => {
    const error = refusal({ models: ["lab/small"] }, { model: "lab/bigg" });
    expect([error.code, error.status, error.details.param]).toEqual(["model_not_found", 404, "model"]);
    expect(error.message).toBe('Model "lab/bigg" not found. Did you mean "lab/big"?');
  });

  test("is told how models are named where no name is near", () => {
    expect(refusal({}, { model: "chatterbox-9000" }).message).toContain("GET /v1/models lists them");
  });
});

describe("zero data retention and no training", () => {
  const contracted = choiceOf([
    credential("chat"),
    credential("odd", { noTraining: true }),
    credential("other", { zeroDataRetention: true }),
  ]);

  test("are served by those who promised, and nobody else", () => {
    expect(providersOf(plan({ zeroDataRetention: true }, {}, contracted))).toEqual(["other"]);
    // Who keeps nothing has nothing to train on.
    expect(providersOf(plan({ disallowPromptTraining: true }, {}, contracted))).toEqual(["odd", "other"]);
  });

  test("hold for every model to fall back to", () => {
    expect(stepsOf(plan({ zeroDataRetention: true, models: ["lab/small", "lab/foreign"] }, {}, contracted))).toEqual([
      "other for lab/big",
      "other for lab/foreign",
    ]);
  });

  test("fail closed where nobody promised, with the line of configuration to add", () => {
    const none = refusal({ zeroDataRetention: true });
    expect(none.code).toBe("no_providers_available");
    for (const provider of ["chat", "odd", "other"]) {
      expect(none.message).toContain(`providers.${provider}.zero_data_retention: true`);
    }
    expect(none.message).toContain("keyless for lab/big: no credential");
    expect(refusal({ disallowPromptTraining: true }, { model: "lab/small" }).message).toContain(
      "providers.chat.no_training: true",
    );
  });
});

describe("what only the client's own wire can say", () => {
  test("keeps the legs of that wire, and of these only those that are relayed", () => {
    const drawn = plan({}, { needs: ["n", "logprobs"] });
    expect(providersOf(drawn)).toEqual(["chat"]);
    expect(drawn.skipped.slice(1).map(({ provider, reason }) => [provider, reason])).toEqual([
      ["odd", "cannot do `n`, `logprobs`"],
      ["other", "cannot do `n`, `logprobs`"],
    ]);
  });

  test("is refused by name where nobody is left who could", () => {
    const error = refusal({}, { model: "lab/foreign", needs: ["n"] });
    expect([error.code, error.status]).toEqual(["unsupported", 400]);
    expect(error.message).toBe("No provider can serve this request. other for lab/foreign: cannot do `n`.");
  });

  test("is a matter of preferences as soon as one of them stood in the way", () => {
    expect(refusal({ only: ["other"] }, { needs: ["n"] }).code).toBe("no_providers_available");
  });
});

describe("speed", () => {
  const fast = [endpoint("odd", "lab/big-fast")];
  const choice = {
    ...CHOICE,
    endpoints: new Map<string, Endpoint[]>([...Object.entries(ENDPOINTS), ["lab/big-fast", fast]]),
  };

  test("asks the fast variant first, then the model, then what there is to fall back to", () => {
    const drawn = plan({ fast: "first", models: ["lab/small", "lab/big-fast"] }, {}, choice);
    expect(stepsOf(drawn)[0]).toBe("odd for lab/big-fast");
    expect(stepsOf(drawn).at(-1)).toBe("chat for lab/small");
    expect(new Set(stepsOf(drawn)).size).toBe(stepsOf(drawn).length);
    expect(drawn.fast).toBe("lab/big-fast");
  });

  test("may be wanted alone: the model itself does not stand in", () => {
    expect(stepsOf(plan({ fast: "only" }, {}, choice))).toEqual(["odd for lab/big-fast"]);
    const error = refusal({ fast: "only" });
    expect([error.code, error.details.param]).toEqual(["unsupported", "providerOptions.gateway.speed"]);
    expect(refusal({ fast: "only" }, { model: "lab/unheard-of" }).code).toBe("model_not_found");
  });

  test("changes nothing where there is no such variant, or the model is one", () => {
    expect(plan({ fast: "first" })).toEqual(plan());
    expect(stepsOf(plan({ fast: "only" }, { model: "lab/big-fast" }, choice))).toEqual(["odd for lab/big-fast"]);
  });
});

describe("what a model is known not to do", () => {
  const blind = { lacks: ["vision"] } as const;
  const choice = (more: Record<string, Endpoint[]> = {}) => ({
    ...CHOICE,
    endpoints: new Map(
      Object.entries({
        ...ENDPOINTS,
        "lab/blind": [endpoint("chat", "lab/blind", blind), endpoint("keyless", "lab/blind", blind)],
        ...more,
      }),
    ),
  });
  const look = { requires: ["vision"] } as const;

  test("leaves the others, and is told", () => {
    const drawn = plan({ models: ["lab/big"] }, { ...look, model: "lab/blind" }, choice());
    expect(stepsOf(drawn)[0]).toBe("chat for lab/big");
    expect(drawn.skipped[0]).toEqual({
      model: "lab/blind",
      provider: "chat",
      reason: "cannot do `vision` (it reads no images)",
    });
  });

  test("is refused where nobody is left, with a model that can: of the same maker if there is one", () => {
    const sees = { "art/sees": [endpoint("odd", "art/sees", { abilities: ["vision"] })] };
    const error = refusal({}, { ...look, model: "lab/blind" }, choice(sees));
    expect([error.code, error.status]).toEqual(["unsupported", 400]);
    expect(error.message).toBe(
      "No provider can serve this request. chat for lab/blind: cannot do `vision` (it reads no images); " +
        'keyless for lab/blind: no credential. "art/sees" can.',
    );
    const own = { "lab/blond": [endpoint("chat", "lab/blond", { abilities: ["vision"] })], ...sees };
    expect(refusal({}, { ...look, model: "lab/blind" }, choice(own)).message).toEndWith(' "lab/blond" can.');
  });

  test("names no model of a provider without a credential, and none of which nobody knows that it can", () => {
    const locked = { "art/sees": [endpoint("keyless", "art/sees", { abilities: ["vision"] })] };
    expect(refusal({}, { ...look, model: "lab/blind" }, choice(locked)).message).toEndWith("no credential.");
  });

  test("is no matter for a request that does not ask for it, nor for an endpoint of which nothing is known", () => {
    expect(providersOf(plan({}, { model: "lab/blind", requires: ["tools"] }, choice()))).toEqual(["chat"]);
    expect(providersOf(plan({}, look))).toEqual(providersOf(plan()));
  });
});

describe("what a model is not for", () => {
  test("is refused: embeddings of a language model, and the other way round", () => {
    const embed = { wire: "openai-embeddings", operation: "embed" } as const;
    expect(stepsOf(plan({}, { ...embed, model: "lab/embedder" }))).toEqual(["chat for lab/embedder"]);
    const speaks = refusal({}, { ...embed, model: "lab/small" });
    expect([speaks.code, speaks.message]).toEqual([
      "unsupported",
      "No provider can serve this request. chat for lab/small: not offered for embeddings.",
    ]);
    expect(refusal({}, { model: "lab/embedder" }).message).toContain("chat for lab/embedder: not offered for this API");
  });

  test("is done by a chat where a text is to be completed, and not the other way round", () => {
    const ask = { wire: "openai-completions", operation: "complete", model: "lab/completes" } as const;
    expect(plan({}, ask).legs.map(({ wire, relay }) => [wire, relay])).toEqual([
      ["anthropic-messages", false],
      ["openai-completions", true],
      ["openai-completions", true],
    ]);
    const { legs, skipped } = plan({}, { ...ask, needs: ["suffix"] });
    expect(legs.map(({ endpoint: { provider } }) => provider)).toEqual(["chat", "odd"]);
    expect(skipped).toContainEqual({ model: "lab/completes", provider: "other", reason: "cannot do `suffix`" });
    expect(plan({}, { model: "lab/completes" }).skipped).toContainEqual({
      model: "lab/completes",
      provider: "odd",
      reason: "not offered for this API",
    });
  });

  test("is refused where the provider speaks no wire that is written here", () => {
    const choice = { ...CHOICE, wires: { ...CHOICE.wires, outbound: new Set(["openai-chat"] as const) } };
    expect(refusal({}, { model: "lab/foreign" }, choice).code).toBe("unsupported");
  });
});

test("a provider's own name for a model leads to it there", () => {
  const drawn = plan({ models: ["lab/big"] }, { model: "chat/labs/dated-2026-01-02" });
  expect(stepsOf(drawn)[0]).toBe("chat for lab/dated");
  expect(drawn.legs.length).toBeGreaterThan(1);
  expect(refusal({}, { model: "odd/labs/dated-2026-01-02" }).code).toBe("model_not_found");
});

test("nobody is asked twice for one model, whatever names it is asked for by", () => {
  const drawn = plan({ models: ["chat/labs/dated-2026-01-02", "lab/dated"] }, { model: "lab/dated" });
  expect(stepsOf(drawn)).toEqual(["chat for lab/dated"]);
  const later = plan({ models: ["chat/labs/dated-2026-01-02", "lab/dated"] }, { model: "lab/small" });
  expect(stepsOf(later)).toEqual(["chat for lab/small", "chat for lab/dated"]);
});

describe("where nobody can be asked", () => {
  test("for want of this model's credentials, the variables are named", () => {
    const error = refusal({}, { model: "lab/locked" });
    expect([error.code, error.status]).toEqual(["model_not_found", 404]);
    expect(error.message).toContain("Set KEYLESS_API_KEY.");
  });

  test("for want of any credential, it is not the client's fault", () => {
    const error = refusal({}, {}, choiceOf([]));
    expect([error.code, error.status]).toEqual(["no_credentials", 503]);
    expect(error.message).toBe(
      "No provider has a credential. Set CHAT_API_KEY or KEYLESS_API_KEY or ODD_API_KEY or OTHER_API_KEY. Or start with --simulate.",
    );
    const nameless = { ...choiceOf([]), variables: new Map() };
    expect(refusal({}, {}, nameless).message).toBe("No provider has a credential. Or start with --simulate.");
  });
});

describe("whatever is asked", () => {
  const providers = fc
    .subarray(["chat", "keyless", "odd", "other", "chatty", "elsewhere"])
    .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
  const asked = fc.record({
    model: fc.constantFrom(...Object.keys(ENDPOINTS)),
    models: fc.array(fc.constantFrom(...Object.keys(ENDPOINTS), "lab/none"), { maxLength: 4 }),
    order: providers,
    only: providers,
    zeroDataRetention: fc.boolean(),
    disallowPromptTraining: fc.boolean(),
    needs: fc.subarray(["n", "logprobs"]),
    hideReasoning: fc.boolean(),
    contracts: fc.tuple(fc.boolean(), fc.boolean()),
  });

  test("the same question gives the same plan, every endpoint is in it or told why not, and no promise is broken", () => {
    fc.assert(
      fc.property(asked, ({ model, needs, hideReasoning, contracts, ...preferences }) => {
        const [zeroDataRetention, noTraining] = contracts;
        const choice = choiceOf([
          credential("chat", { zeroDataRetention }),
          credential("odd", { noTraining }),
          credential("other"),
        ]);
        const draw = () => {
          try {
            return plan(preferences, { model, needs, hideReasoning }, choice);
          } catch (thrown) {
            if (!(thrown instanceof GatewayError)) throw thrown;
            return thrown.message;
          }
        };
        const drawn = draw();
        expect(draw()).toEqual(drawn);
        if (typeof drawn === "string") return;
        expect(drawn.legs).not.toBeEmpty();
        const models = [...new Set([model, ...preferences.models])];
        const all = models.flatMap((id) =>
          id === "lab/none" ? [id] : ENDPOINTS[id as keyof typeof ENDPOINTS].map((one) => one.id),
        );
        const strangers = drawn.skipped.filter(({ reason }) => reason === "does not serve it here");
        const told = drawn.skipped
          .filter((one) => !strangers.includes(one))
          .map((one) => (one.provider === undefined ? one.model : `${one.provider}:${one.model}`));
        expect([...drawn.legs.map((leg) => leg.endpoint.id), ...told].sort()).toEqual(all.sort());
        // Whoever was named is told of, also where none of the models is theirs.
        const named = [...preferences.order, ...preferences.only].map((name) => choice.slugs.get(name)!);
        const heardOf = [
          ...drawn.legs.map((leg) => leg.endpoint.provider),
          ...drawn.skipped.map((one) => one.provider),
        ];
        expect(named.filter((name) => !heardOf.includes(name))).toEqual([]);
        expect(strangers.filter(({ provider }) => !named.includes(provider!))).toEqual([]);
        // Models never mix: every leg of one comes before any leg of the next.
        const places = drawn.legs.map((leg) => models.indexOf(leg.endpoint.model));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        const only = preferences.only.map((name) => choice.slugs.get(name)!);
        for (const leg of drawn.legs) {
          if (only.length > 0) expect(only).toContain(leg.endpoint.provider);
          if (preferences.zeroDataRetention) expect(leg.credential.zeroDataRetention).toBe(true);
          if (preferences.disallowPromptTraining)
            expect(leg.credential.noTraining || leg.credential.zeroDataRetention).toBe(true);
          if (needs.length > 0) expect(leg.relay).toBe(true);
          if (leg.relay) expect(leg.wire).toBe("openai-chat");
        }
      }),
    );
  });

  test("`order` changes the order of a model's legs and nothing else", () => {
    fc.assert(
      fc.property(providers, (order) => {
        const plain = plan();
        const ordered = plan({ order });
        expect(ordered.legs.toSorted(byId)).toEqual(plain.legs.toSorted(byId));
        const wanted = [...new Set(order.map((name) => CHOICE.slugs.get(name)!))].filter((name) =>
          providersOf(plain).includes(name),
        );
        expect(providersOf(ordered).slice(0, wanted.length)).toEqual(wanted);
        expect(providersOf(ordered).slice(wanted.length)).toEqual(
          providersOf(plain).filter((name) => !wanted.includes(name)),
        );
      }),
    );
  });
});

function byId(a: Plan["legs"][number], b: Plan["legs"][number]): number {
  return a.endpoint.id < b.endpoint.id ? -1 : 1;
}
