import type { ListedModel } from "../../../../src/admin/contract.ts";
import { priceSpan } from "./prices.ts";

/** What of the catalogue is looked at; as it stands in the address. */
export interface Filters {
  readonly q: string;
  readonly type: string;
  readonly provider: string;
  readonly ability: string;
  /** Tokens that must fit. */
  readonly context: number;
  /** Dollars for a million tokens of input, at most. */
  readonly price: number;
  /** `all`, or only those that somebody serves. */
  readonly served: boolean;
  readonly zdr: boolean;
}

export function filtersOf(one: (name: string) => string | undefined): Filters {
  return {
    q: one("q") ?? "",
    type: one("type") ?? "",
    provider: one("provider") ?? "",
    ability: one("ability") ?? "",
    context: numberOf(one("context")),
    price: numberOf(one("price")),
    served: one("served") !== "all",
    zdr: one("zdr") === "true",
  };
}

/** What is no number there is as good as absent. */
function numberOf(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** Every word of the search must be in the name or the id, in any order. */
export function filtered(models: readonly ListedModel[], filters: Filters): ListedModel[] {
  const words = filters.q.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    const { id, name, type, abilities, endpoints, is_served, context_window } = model;
    if (filters.served && !is_served) return false;
    if (filters.type !== "" && type !== filters.type) return false;
    if (filters.ability !== "" && !abilities.includes(filters.ability)) return false;
    if (filters.provider !== "" && !endpoints.some(({ provider }) => provider === filters.provider)) return false;
    if (filters.context > 0 && (context_window ?? 0) < filters.context) return false;
    if (filters.zdr && !endpoints.some(({ zero_data_retention }) => zero_data_retention)) return false;
    if (filters.price > 0 && !((priceSpan(endpoints, "input")?.from ?? Number.POSITIVE_INFINITY) <= filters.price))
      return false;
    const text = `${id} ${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const ORDERS = {
  name: "Name",
  newest: "Newest",
  price: "Cheapest input",
  context: "Largest context",
} as const;

export type Order = keyof typeof ORDERS;

/** What is not known comes last. */
export function ordered(models: readonly ListedModel[], order: Order): ListedModel[] {
  const by: Readonly<Record<Order, (a: ListedModel, b: ListedModel) => number>> = {
    name: () => 0,
    newest: (a, b) => (b.released_at ?? "").localeCompare(a.released_at ?? ""),
    price: (a, b) => cheapest(a) - cheapest(b),
    context: (a, b) => (b.context_window ?? 0) - (a.context_window ?? 0),
  };
  return models.toSorted((a, b) => by[order](a, b) || a.id.localeCompare(b.id));
}

function cheapest({ endpoints }: ListedModel): number {
  return priceSpan(endpoints, "input")?.from ?? Number.MAX_SAFE_INTEGER;
}
