import type { Endpoint } from "../catalog/endpoint.ts";
import type { WireName } from "../core/event.ts";
import type { Policy } from "./policy.ts";

/** What routing must know of a credential. */
export interface CredentialFacts {
  readonly provider: string;
  /** Which of its provider's credentials it is; absent where there is one. */
  readonly name?: string | undefined;
  readonly zeroDataRetention: boolean;
  readonly noTraining: boolean;
  readonly hipaa?: boolean;
  /** All the regions in which the provider may process what it is sent. Absent: anywhere. */
  readonly regions?: readonly string[] | undefined;
  /** Where its requests are sent: a region of the provider's, a part of the world, or `global`. Absent: nobody knows. */
  readonly located?: string | undefined;
  /** Wires of its provider that it does not open, and why. */
  readonly closed?: { readonly wires: readonly WireName[]; readonly why: string } | undefined;
  /** Whose account it is: the operator's, or the client's own. */
  readonly kind?: "system" | "byok";
  /** How often it is asked first, against the provider's others; 1 where nobody says. */
  readonly weight?: number;
  /** Nothing leaves this machine. */
  readonly simulated?: boolean;
}

/** What there is to choose from. Immutable: the same choice, asked the same, gives the same plan. */
export interface Choice<C extends CredentialFacts> {
  /** Endpoints by model, in the catalogue's order. */
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
  /** One endpoint under `provider/` and the provider's own name for the model. */
  readonly byOwnName: ReadonlyMap<string, readonly Endpoint[]>;
  /** By provider, none empty; a provider without one cannot serve. A client's own stand in the order in which it wants them. */
  readonly credentials: ReadonlyMap<string, readonly C[]>;
  /** Every provider name that anyone knows, aliases included, to the name that it means here. */
  readonly slugs: ReadonlyMap<string, string>;
  /** Environment variables that would give a provider its credential. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
  /** Wires that are written here, by what they can do. */
  readonly wires: {
    readonly outbound: ReadonlySet<WireName>;
    readonly transcodes: ReadonlySet<WireName>;
    /** By the client's wire: those that say what it asks without events. */
    readonly adapts?: ReadonlyMap<WireName, readonly WireName[]>;
  };
  /** What the whole gateway demands, whatever a request says. */
  readonly policy?: Policy;
}
