import type { Endpoint } from "../catalog/endpoint.ts";
import type { Model } from "../catalog/model.ts";
import type { Price, Rates } from "../core/money.ts";
import { ALONE, METERS, type Meter, PICTURES } from "../core/usage.ts";
import type { Health } from "../routing/health.ts";
import { NO_CREDENTIAL, NOT_OFFERED } from "../routing/leg.ts";
import { breach, NO_POLICY } from "../routing/policy.ts";
import { misplaced } from "../routing/region.ts";
import { follow } from "../routing/rules.ts";
import { regionsAt } from "./allowed.ts";
import type { Snapshot } from "./gateway.ts";

/** What is the same of a model for as long as a snapshot holds. */
type Entry = ReturnType<typeof entryOf>;

const made = new WeakMap<Snapshot, readonly Entry[]>();

/** Every model with all who serve it, whether they can be asked, and how they did here: what operators are told of the catalogue. */
export function catalogueOf(snapshot: Snapshot, health: Health) {
  return entriesOf(snapshot).map((entry) => measured(entry, snapshot, health));
}

/** One of them; `undefined` where there is none of that name. */
export function catalogueEntry(snapshot: Snapshot, health: Health, id: string) {
  const entry = entriesOf(snapshot).find(({ model }) => model.id === id);
  return entry === undefined ? undefined : measured(entry, snapshot, health);
}

function measured({ model, told }: Entry, { choice }: Snapshot, health: Health) {
  const endpoints = told.map(({ endpoint, told }) => {
    const figures = health.figures(endpoint, choice.credentials.get(endpoint.provider) ?? []);
    return {
      ...told,
      circuit: figures.circuit,
      uptime_last_1d: figures.uptime1d,
      latency_last_1h: figures.latency ?? null,
      throughput_last_1h: figures.throughput ?? null,
    };
  });
  return { ...model, endpoints };
}

function entriesOf(snapshot: Snapshot): readonly Entry[] {
  const known = made.get(snapshot);
  if (known !== undefined) return known;
  const { known: models, directory } = snapshot;
  // Virtual models that no list of models has are told as well.
  const hidden = [...directory.virtual.keys()].filter((name) => !models.has(name));
  const entries = [
    ...[...models.values()].map((model) => entryOf(snapshot, model)),
    ...hidden.map((id) => entryOf(snapshot, unlistedOf(snapshot, id))),
  ];
  made.set(snapshot, entries);
  return entries;
}

/** What is known of a virtual model that is not offered, or that nobody shall find: what it stands for. */
function unlistedOf({ known, directory }: Snapshot, id: string): Model {
  const [first] = directory.virtual.get(id)!.candidates;
  const { type, abilities } = known.get(directory.canonical(first!.name)) ?? { type: "language", abilities: [] };
  return { id, name: id, type, abilities, offers: [] };
}

function entryOf(snapshot: Snapshot, model: Model) {
  const { choice, directory } = snapshot;
  const { id, name, description, type, contextWindow, maxOutput, released, deprecated, own, abilities } = model;
  const virtual = directory.virtual.get(id);
  const outcome = follow(directory.rules, id, directory.canonical);
  const told = endsOf(snapshot, id).map((endpoint) => ({ endpoint, told: endpointTold(snapshot, endpoint) }));
  const led = outcome.kind === "model" && outcome.model !== id ? outcome.model : undefined;
  const ends = led === undefined ? told.map(({ endpoint }) => endpoint) : endsOf(snapshot, led);
  const isOffered = outcome.kind === "model" && directory.virtual.get(led ?? id)?.active !== false;
  const kind = virtual !== undefined ? "virtual" : own === true ? "configuration" : "catalogue";
  return {
    told,
    model: {
      id,
      object: "model" as const,
      name,
      description: description ?? null,
      type,
      context_window: contextWindow ?? null,
      max_output: maxOutput ?? null,
      released_at: released === undefined ? null : new Date(released * 1000).toISOString(),
      is_deprecated: deprecated === true,
      kind: kind as "virtual" | "configuration" | "catalogue",
      abilities,
      is_served: isOffered && ends.some((endpoint) => whyNot(choice, endpoint) === null),
      denied_by: outcome.kind === "denied" ? outcome.rule.id : null,
      led_to: led ?? null,
    },
  };
}

/** Of a virtual model those of all that it may stand for. */
function endsOf({ choice, directory }: Snapshot, name: string): readonly Endpoint[] {
  const names = directory.virtual.get(name)?.candidates.map((one) => directory.canonical(one.name)) ?? [name];
  return names.flatMap((one) => choice.endpoints.get(one) ?? choice.byOwnName.get(one) ?? []);
}

function endpointTold({ choice }: Snapshot, endpoint: Endpoint) {
  const { id, provider, model, upstream, wires, price, contextWindow, maxOutput } = endpoint;
  const credentials = choice.credentials.get(provider) ?? [];
  const why = whyNot(choice, endpoint);
  return {
    id,
    provider,
    model,
    upstream_model: upstream,
    operations: Object.keys(wires),
    price: price === undefined ? null : priceTold(price),
    context_window: contextWindow ?? null,
    max_output: maxOutput ?? null,
    is_served: why === null,
    why_not: why,
    zero_data_retention: credentials.some((one) => one.zeroDataRetention),
    no_training: credentials.some((one) => one.noTraining || one.zeroDataRetention),
    hipaa: credentials.some((one) => one.hipaa === true),
    regions: regionsAt(choice, endpoint),
  };
}

/** Why nobody is asked there on any account, in the words of plans, as far as that is known before a request. */
function whyNot({ policy, credentials: all }: Snapshot["choice"], endpoint: Endpoint): string | null {
  const credentials = all.get(endpoint.provider) ?? [];
  const spoken = Object.values(endpoint.wires).flat();
  if (spoken.length === 0) return NOT_OFFERED;
  if (credentials.length === 0) return NO_CREDENTIAL;
  const above = policy === undefined ? [] : [policy];
  const reasons = credentials.map((one) => {
    const where = misplaced(endpoint, one);
    const shut = one.closed?.wires ?? [];
    return (
      breach(one, { request: NO_POLICY, above }) ??
      (spoken.every((wire) => shut.includes(wire)) ? one.closed?.why : undefined) ??
      (where === undefined ? undefined : `${NOT_OFFERED} ${where}`)
    );
  });
  return reasons.includes(undefined) ? null : (reasons[0] ?? null);
}

/** Meters whose units are no tokens. */
const TOKENS: ReadonlySet<Meter> = new Set<Meter>(["citations", ...PICTURES]);
const UNIT_METERS: ReadonlySet<Meter> = new Set(ALONE.filter((meter) => !TOKENS.has(meter)));
/** Picodollars a token are so many dollars a million of them. */
const PER_MILLION = 1e6;
const PER_ONE = 1e12;

function priceTold({ rates, tiers = [], images }: Price) {
  return {
    per_million_tokens: told(rates, (meter) => !UNIT_METERS.has(meter), PER_MILLION),
    per_unit: told(rates, (meter) => UNIT_METERS.has(meter), PER_ONE),
    images: Object.entries(images ?? {}).map(([kind, rate]) => ({ kind, usd: rate / PER_ONE })),
    tiers: tiers.map((tier) => ({
      above: tier.above,
      per_million_tokens: told(tier.rates, (meter) => !UNIT_METERS.has(meter), PER_MILLION),
    })),
  };
}

function told(rates: Rates, wanted: (meter: Meter) => boolean, part: number): Partial<Record<Meter, number>> {
  const all = METERS.flatMap((meter) =>
    wanted(meter) && rates[meter] !== undefined ? [[meter, rates[meter] / part] as const] : [],
  );
  return Object.fromEntries(all);
}
