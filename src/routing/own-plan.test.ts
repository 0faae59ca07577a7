import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Endpoint } from "../catalog/endpoint.ts";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { drawOwnPlan, type Own } from "./own-plan.ts";
import { type Choice, type CredentialFacts, drawPlan, type Plan } from "./plan.ts";
import { NO_PREFERENCES, type Preferences } from "./preferences.ts";

interface Named extends CredentialFacts {
  readonly id: string;
}

const PROVIDERS = ["p", "q", "r"] as const;
const MODELS = ["lab/a", "lab/b"] as const;

function endpoint(provider: string, model: string, upstream = model.slice(4)): Endpoint {
  const wires = { generate: ["openai-chat" as const] };
  const id = `${provider}:${upstream}`;
  return { id, provider, model, upstream, wires, quirks: new Set(), price: undefined, maxOutput: undefined };
}

const ours = (provider: string): Named => ({
  id: `ours-${provider}`,
  provider,
  zeroDataRetention: true,
  noTraining: true,
  kind: "system",
});
const theirs = (provider: string, nth = 0, names: Record<string, string> = {}): Own<Named> => ({
  credential: { id: `own-${provider}-${nth}`, provider, zeroDataRetention: false, noTraining: false, kind: "byok" },
  names: new Map(Object.entries(names)),
});

/** All models at all providers, but for `lab/b` at `p`; credentials of ours at these. */
function choice(configured: readonly string[] = PROVIDERS): Choice<Named> {
  const wires = new Set<WireName>(["openai-chat"]);
  return {
    endpoints: new Map(
      MODELS.map((model) => [
        model,
        PROVIDERS.filter((one) => model !== "lab/b" || one !== "p").map((one) => endpoint(one, model)),
      ]),
    ),
    byOwnName: new Map(),
    credentials: new Map(configured.map((provider) => [provider, [ours(provider)]])),
    slugs: new Map([...PROVIDERS, "bare"].map((name) => [name, name])),
    variables: new Map(),
    wires: { outbound: wires, transcodes: wires },
  };
}

interface Drawn {
  own: readonly Own<Named>[];
  model?: string;
  preferences?: Partial<Preferences>;
  configured?: readonly string[];
  only?: boolean;
}

function draw({ own, model = "lab/a", preferences = {}, configured, only = false }: Drawn): Plan<Named> {
  const ask = openaiChat.inbound!.read({ model, messages: [{ role: "user", content: "Hello" }] });
  const wanted = { ...NO_PREFERENCES, ...preferences };
  return drawOwnPlan({
    choice: choice(configured),
    own: Map.groupBy(own, ({ credential }) => credential.provider),
    ask,
    preferences: wanted,
    only: only ? "byok_only is true" : undefined,
    endpointFor: (named, provider, upstream) => endpoint(provider, named, upstream),
    draw: (from) => drawPlan(from, ask, wanted),
  });
}

const legsOf = ({ legs }: Plan<Named>) => legs.map(({ endpoint: { id }, credential }) => `${id} ${credential.id}`);

function refusalOf(drawn: Drawn): GatewayError {
  try {
    draw(drawn);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("a plan was drawn");
}

describe("a plan with credentials of the client's own", () => {
  test("has them before ours, provider by provider, each list in its order", () => {
    const own = [theirs("q"), theirs("q", 1), theirs("r")];
    expect(legsOf(draw({ own, configured: ["p", "q"] }))).toEqual([
      "q:a own-q-0",
      "q:a own-q-1",
      "r:a own-r-0",
      "p:a ours-p",
      "q:a ours-q",
    ]);
    expect(legsOf(draw({ own, configured: [], preferences: { order: ["r"] } }))).toEqual([
      "r:a own-r-0",
      "q:a own-q-0",
      "q:a own-q-1",
    ]);
  });

  test("goes to the next model only when everybody has failed with the one before", () => {
    const plan = draw({ own: [theirs("p")], preferences: { models: ["lab/b"] }, model: "lab/b", configured: ["q"] });
    expect(legsOf(plan)).toEqual(["q:b ours-q"]);
    const both = draw({ own: [theirs("q")], preferences: { models: ["lab/b"] }, configured: ["p", "r"] });
    expect(legsOf(both)).toEqual(["q:a own-q-0", "p:a ours-p", "r:a ours-r", "q:b own-q-0", "r:b ours-r"]);
  });

  test("asks for a model under the account's name, at a provider that does not list it too", () => {
    expect(legsOf(draw({ own: [theirs("q", 0, { "lab/a": "deployed" })], configured: ["q"] }))).toEqual([
      "q:deployed own-q-0",
      "q:a ours-q",
    ]);
    expect(legsOf(draw({ own: [theirs("bare", 0, { "lab/a": "x" })], configured: [] }))).toEqual(["bare:x own-bare-0"]);
    const unknown = { own: [theirs("bare", 0, { "lab/new": "n" })], model: "lab/new" };
    expect(legsOf(draw(unknown))).toEqual(["bare:n own-bare-0"]);
  });

  test("tells why one of them is passed over", () => {
    const plan = draw({ own: [theirs("q")], preferences: { only: ["p"] } });
    expect(legsOf(plan)).toEqual(["p:a ours-p"]);
    expect(plan.skipped.some(({ provider, reason }) => provider === "q" && reason.startsWith("byok"))).toBe(true);
    const instead = draw({ own: [theirs("q")], preferences: { only: ["p"] } }).skipped;
    expect(instead.flatMap(({ provider, reason }) => (provider === "q" ? [reason] : []))[0]).toBe(
      "byok: not in `only`",
    );
    const stranger = draw({ own: [theirs("bare")] }).skipped;
    expect(stranger).toContainEqual({
      model: "lab/a",
      provider: "bare",
      reason: "byok: cannot serve this request",
    });
    const strict = refusalOf({ own: [theirs("q")], preferences: { zeroDataRetention: true }, configured: [] });
    expect([strict.code, strict.message.includes("zero data retention")]).toEqual(["no_providers_available", true]);
  });

  test("without fallbacks has none of ours at another provider", () => {
    const plan = draw({ own: [theirs("q")], preferences: { allowFallbacks: false } });
    expect(legsOf(plan)).toEqual(["q:a own-q-0"]);
    const same = draw({ own: [theirs("p")], preferences: { allowFallbacks: false } });
    expect(legsOf(same)).toEqual(["p:a own-p-0", "p:a ours-p"]);
  });
});

describe("where they alone may serve", () => {
  test("ours are left out", () => {
    expect(legsOf(draw({ own: [theirs("r")], only: true }))).toEqual(["r:a own-r-0"]);
  });

  test("nobody is an error that says who could", () => {
    const error = refusalOf({ own: [theirs("bare")], only: true });
    expect(error.code).toBe("no_providers_available");
    expect(error.message).toContain("(bare)");
    expect(error.message).toContain("p, q, r");
    expect(refusalOf({ own: [], only: true }).details.param).toBe("providerOptions.gateway.byok");
    expect(refusalOf({ own: [theirs("p")], only: true, model: "lab/none" }).code).toBe("model_not_found");
  });

  test("what is wrong with the preferences is told as it is", () => {
    const error = refusalOf({ own: [theirs("p")], preferences: { order: ["nobody"] } });
    expect(error.code).toBe("invalid_request");
  });
});

test("whatever is brought: own legs first of each model, no leg twice, and the same plan again", () => {
  const some = fc.subarray([...PROVIDERS]);
  const drawn = fc.record({
    own: fc
      .array(fc.tuple(fc.constantFrom(...PROVIDERS), fc.nat(2)), { minLength: 1, maxLength: 6 })
      .map((all) => [...new Map(all.map(([p, n]) => [`${p}${n}`, theirs(p, n)])).values()]),
    configured: some,
    model: fc.constantFrom(...MODELS),
    preferences: fc.record({ order: some, models: fc.subarray([...MODELS]) }),
  });
  fc.assert(
    fc.property(drawn, (given) => {
      let plan: Plan<Named>;
      try {
        plan = draw(given);
      } catch (thrown) {
        // Credentials for a model that their provider does not serve, and none of ours.
        expect((thrown as GatewayError).code).toBeOneOf(["model_not_found", "no_credentials"]);
        return;
      }
      expect(draw(given)).toEqual(plan);
      const legs = legsOf(plan);
      expect(new Set(legs).size).toBe(legs.length);
      const models = [...new Set([given.model, ...given.preferences.models])];
      const places = plan.legs.map(
        ({ endpoint: { model }, credential }) =>
          models.indexOf(model as never) * 2 + (credential.kind === "byok" ? 0 : 1),
      );
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      for (const { credential, endpoint: at } of plan.legs) expect(credential.provider).toBe(at.provider);
    }),
    { numRuns: 500 },
  );
});
