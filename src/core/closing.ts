import type { JsonObject } from "./json.ts";
import type { Cost } from "./money.ts";
import type { Usage } from "./usage.ts";

/** What the gateway puts on a reply from its first byte: the same in every chunk. */
export interface Stamp {
  /** The generation's id. */
  readonly id: string;
  /** The model that answers, as the client names models: `creator/name`. */
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
  /** About how many tokens the request has, for wires that tell it before anyone knows. Not cheap: ask once. */
  readonly inputEstimate?: () => number;
}

/** What only the end can tell. It rides on the finishing chunk, or in the whole reply. */
export interface Closing {
  readonly usage: Usage | undefined;
  /** The provider told no usage, or not all of it, and we estimated. */
  readonly estimated: boolean;
  /** `undefined` where the model has no price. */
  readonly cost: Cost | undefined;
  /** Served with the caller's own credential: the cost is what the market would ask, not what the gateway is charged. */
  readonly byok: boolean;
  /** Nanodollars of the cost that attempts in vain were on the other kind of account: the gateway's, where this is the caller's own. Absent for none. */
  readonly apart?: number | undefined;
  /** `provider_metadata`: the routing record under `gateway`, the provider's own facts under its name. */
  readonly metadata: JsonObject;
}
