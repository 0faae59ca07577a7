import type { Operation, Requirement } from "../core/ask.ts";
import type { WireName } from "../core/event.ts";
import { present } from "../core/json.ts";
import type { Price } from "../core/money.ts";
import type { Quirk } from "../wires/quirk.ts";
import { LACKS } from "./lacks.ts";
import { type Ability, type Model, OPERATIONS, REQUIREMENTS } from "./model.ts";
import type { MakersOwn, Provider } from "./provider.ts";
import type { Routes } from "./routes.ts";
import { type Tariff, tariffOf } from "./tariffs.ts";

/** One model at one provider: what routing chooses. */
export interface Endpoint {
  /** `provider:upstream` */
  readonly id: string;
  readonly provider: string;
  /** `creator/name` */
  readonly model: string;
  /** What the provider calls the model. */
  readonly upstream: string;
  readonly wires: Partial<Record<Operation, readonly WireName[]>>;
  /** Where the paths of a wire begin, below the provider's base address. */
  readonly below?: Partial<Record<WireName, string>> | undefined;
  readonly quirks: ReadonlySet<Quirk>;
  /** Wires in which the provider counts tokens. */
  readonly counts?: readonly WireName[] | undefined;
  /** Whose options count beside the provider's own, and under whose name facts are told. */
  readonly maker?: string | undefined;
  /** The format of what the provider seals, where nobody else can read it. */
  readonly seals?: string | undefined;
  /** Beta features that the provider takes; absent: whatever is asked for. */
  readonly betas?: readonly string[] | undefined;
  /** Where the provider runs its models, by how their names begin; absent: where they are asked. */
  readonly routes?: Routes | undefined;
  /** What the provider takes for `service_tier`. */
  readonly tiers?: readonly string[] | undefined;
  /** The operator says that it stands where it does: it is not overtaken for being slow. */
  readonly placed?: true;
  /** No catalogue has the model, only a client's account: its name is the client's own. */
  readonly unlisted?: true;
  readonly price: Price | undefined;
  /** What costs otherwise. */
  readonly tariff?: Tariff | undefined;
  readonly maxOutput: number | undefined;
  /** Tokens of input and output together. */
  readonly contextWindow?: number | undefined;
  /** What a request may require and the model is known not to do. Absent: nothing is known that it could not. */
  readonly lacks?: readonly Requirement[] | undefined;
  /** What the model is known to do. */
  readonly abilities?: readonly Ability[] | undefined;
}

/** The endpoints of a model, at the providers that there are. */
export function endpointsOf(model: Model, providers: ReadonlyMap<string, Provider>): Endpoint[] {
  const lacks = lacksOf(model);
  const thoughtless: Quirk[] = neverThinks(model) ? ["never-thinks"] : [];
  return model.offers.flatMap(({ provider: name, upstream, price: listed, placed, told }) => {
    const provider = providers.get(name);
    if (provider === undefined) return [];
    const own = makersOwn(provider, model.id, upstream);
    const { wires, maker, betas } = { ...provider, ...own };
    const tariff = tariffOf(name, upstream, model.id.slice(model.id.indexOf("/") + 1));
    return [
      {
        id: `${name}:${upstream}`,
        provider: name,
        model: model.id,
        upstream,
        wires: completing(provider, upstream, wiresFor(model, wires)),
        below: provider.below,
        quirks: new Set([...(provider.quirks ?? []), ...(own?.quirks ?? []), ...(model.quirks ?? []), ...thoughtless]),
        ...(provider.counts === undefined ? {} : { counts: provider.counts }),
        ...(maker === undefined ? {} : { maker }),
        ...(betas === undefined ? {} : { betas }),
        ...(provider.routes === undefined ? {} : { routes: provider.routes }),
        ...(provider.tiers === undefined ? {} : { tiers: provider.tiers }),
        ...(provider.seals === undefined ? {} : { seals: provider.seals }),
        ...(placed === undefined ? {} : { placed }),
        price: withTools(listed, tariff),
        ...(tariff === undefined ? {} : { tariff: told === true ? { ...tariff, regional: undefined } : tariff }),
        maxOutput: model.maxOutput,
        ...(model.contextWindow === undefined ? {} : { contextWindow: model.contextWindow }),
        ...(lacks.length === 0 ? {} : { lacks: provider.readsFiles === true ? lacks.filter(isNoFile) : lacks }),
        abilities: model.abilities,
      },
    ];
  });
}

/** What the list says wins. Who costs nothing says so: of tools nothing is known then. */
function withTools(price: Price | undefined, tariff: Tariff | undefined): Price | undefined {
  if (price === undefined || tariff?.tools === undefined) return price;
  return { ...price, rates: { ...tariff.tools, ...price.rates } };
}

/** By the maker's name before the slash, or else by how the provider calls the model. */
function makersOwn({ makers = {} }: Provider, id: string, upstream: string): MakersOwn | undefined {
  const maker = id.slice(0, id.indexOf("/"));
  if (Object.hasOwn(makers, maker)) return makers[maker];
  return Object.values(makers).find((own) => own.upstream?.test(upstream));
}

/** What a model does not do is not asked of it. Of the operator's own only the operator knows. */
function wiresFor({ type, own, abilities }: Model, wires: Provider["wires"]): Endpoint["wires"] {
  const all: Operation[] = [...OPERATIONS[type]];
  if (abilities.includes("image-output")) all.push("image");
  // What the operator calls a language model may place texts as well.
  if (own === true && (type === "language" || type === "embedding")) all.push("generate", "complete", "embed");
  return Object.fromEntries(all.flatMap((one) => (wires[one] === undefined ? [] : [[one, wires[one]]])));
}

/** Where only some models complete texts, those do it alone. */
function completing({ completes }: Provider, upstream: string, wires: Endpoint["wires"]): Endpoint["wires"] {
  if (completes === undefined || wires.complete === undefined) return wires;
  const { complete, generate, ...others } = wires;
  return present(completes.test(upstream) ? { ...others, complete } : { ...others, generate });
}

/** An operator who says that a model can knows better. */
function lacksOf(model: Model): Requirement[] {
  return REQUIREMENTS.filter((one) => isLacking(model, one));
}

/** An answer is what is asked for without thinking too: who does not think is not refused, but not asked to. */
function neverThinks(model: Model): boolean {
  return isLacking(model, "reasoning");
}

function isLacking({ id, own, abilities }: Model, one: Ability): boolean {
  return own !== true && LACKS[id]?.includes(one) === true && !abilities.includes(one);
}

function isNoFile(requirement: Requirement): boolean {
  return requirement !== "files";
}
