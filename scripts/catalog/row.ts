import type { Ability, ModelType } from "../../src/catalog/model.ts";
import type { Rates } from "../../src/core/money.ts";
import type { Quirk } from "../../src/wires/quirk.ts";

/**
 * USD per million tokens or characters, as vendors print it; for one image, second or search unit; `searches`: per thousand.
 * With the tiers for long prompts, and images of a quality, a size, or both as `quality/size`.
 */
export interface ListPrice extends Rates {
  /** The fewest units that are paid, of what is used at all. */
  readonly least?: Rates;
  readonly kinds?: Readonly<Record<string, number>>;
  readonly above?: Readonly<Record<number, Rates>>;
}

/** Where a model is served: the upstream name, or more where the price list knows it otherwise. */
export type OfferRow =
  | string
  | {
      readonly upstream: string;
      /** The name under which the price list has it, where matching the upstream name would find nothing or another model. */
      readonly listed?: string;
      /** Typed by hand, because the price list has no such model or a wrong price, with the page it is from and the day it was seen. */
      readonly price?: ListPrice;
      readonly from?: string;
      /** The price list has a neighbour that would match, or a price nobody should trust. */
      readonly unpriced?: true;
    };

/** What the price list does not tell of a model, typed by hand. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly type: ModelType;
  readonly window?: number;
  readonly output?: number;
  /** `YYYY-MM-DD` */
  readonly released?: string;
  readonly deprecated?: true;
  /** Instead of what its family can do. */
  readonly abilities?: readonly Ability[];
  /** Beside what its family has. */
  readonly quirks?: readonly Quirk[];
  readonly offers: Readonly<Record<string, OfferRow>>;
}

type More = Pick<Row, "deprecated" | "abilities" | "quirks">;

/** One language model in one call. A release date that nobody confirmed is `""`. */
export function language(
  id: string,
  name: string,
  window: number,
  output: number,
  released: string,
  offers: Row["offers"],
  more: More = {},
): Row {
  return { id, name, type: "language", window, output, ...(released === "" ? {} : { released }), offers, ...more };
}

/** One embedding model. */
export function embedding(id: string, name: string, window: number, offers: Row["offers"], more: More = {}): Row {
  return { id, name, type: "embedding", window, offers, abilities: [], ...more };
}

/** One model that does neither. */
export function other(
  type: Exclude<ModelType, "language" | "embedding">,
  id: string,
  name: string,
  offers: Row["offers"],
  more: More = {},
): Row {
  return { id, name, type, offers, abilities: [], ...more };
}

/** No longer offered by its maker. */
export const GONE = { deprecated: true } as const;
