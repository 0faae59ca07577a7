import type { Operation } from "../core/ask.ts";
import type { WireName } from "../core/event.ts";
import type { Quirk } from "../wires/quirk.ts";
import type { Routes } from "./routes.ts";

/** Who answers: an address, a way to authenticate, the wires spoken there. Data: a new provider is one file in `providers/`. */
export interface Provider {
  /** As clients name it in `order` and `only` (contract 8.5). */
  readonly name: string;
  readonly title: string;
  /** The vendor's page that the facts here come from. */
  readonly docs: string;
  /** Absent where only the operator knows the address (local servers). Without a trailing slash; a wire's path is added. */
  readonly baseUrl?: string;
  /** Environment variables that hold the base address, for a vendor that gives everyone their own. */
  readonly addressVariables?: readonly string[];
  /** Where a client's own account with such a vendor is: `{resourceName}` stands for the name that the client gives. */
  readonly resourceUrl?: string;
  /** Where it has an address for each region: `{region}` stands in the base address. */
  readonly region?: Region;
  /** Where it names models by where they run. Absent: all of them run where they are asked. */
  readonly routes?: Routes;
  readonly auth: Auth;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent = not offered. The first is preferred where several would do. */
  readonly wires: Partial<Record<Operation, readonly WireName[]>>;
  /** The models that complete texts, by the provider's names, and do nothing else, where the others cannot. Absent: every one does both. */
  readonly completes?: RegExp;
  /** Wires in which it counts the tokens of a request, beside those that come with it. */
  readonly counts?: readonly WireName[];
  /** Where the paths of a wire begin, below the base address, for a vendor that keeps its wires apart. */
  readonly below?: Partial<Record<WireName, string>>;
  readonly quirks?: readonly Quirk[];
  /** What it takes for `service_tier`, of the words that mean the same everywhere. */
  readonly tiers?: readonly ("auto" | "default" | "flex" | "priority")[];
  /** Files are taken for any model: what a model cannot read is read to it. */
  readonly readsFiles?: boolean;
  /** Beta features that it takes in the `anthropic-beta` field, where it refuses what it does not know. Absent: whatever is asked for. */
  readonly betas?: readonly string[];
  /** The format of the thinking that it seals, where nobody else can read it although the wire has a format of its own. */
  readonly seals?: string;
  /**
   * The maker of what it serves, where that is another provider: options that clients address to the maker count here too, and
   * facts about an answer are told under the maker's name (contract 6).
   */
  readonly maker?: string;
  /** What is otherwise for models of these makers, whose names stand before the slash. Its quirks come to the others. */
  readonly makers?: Readonly<Record<string, MakersOwn>>;
  /** How its secrets begin. A client that has one, beside its key for the gateway, is served there on its own account. */
  readonly secretPrefix?: string;
  /** Further names under which clients may ask for it. */
  readonly aliases?: readonly string[];
}

/** What a provider does otherwise for the models of one maker. */
export interface MakersOwn extends Pick<Provider, "wires" | "maker" | "betas" | "quirks"> {
  /** The provider's own names for that maker's models: an operator may call them as he likes. */
  readonly upstream?: RegExp;
}

/** How our secret is shown, and the environment variables where the vendor's own tools look for it, the usual one first. */
export type Auth =
  | { readonly kind: "bearer"; readonly variables: readonly string[] }
  | {
      readonly kind: "header";
      readonly header: string;
      readonly variables: readonly string[];
      /** Paths below here take the same secret as a bearer token, and only so. */
      readonly bearerBelow?: string;
    }
  /** An API key, or the token of a service account; the address is made of project and location. */
  | { readonly kind: "google-cloud"; readonly variables: readonly string[] }
  /** Requests are signed with an AWS access key for this service; an API key for the variable is a bearer token. */
  | { readonly kind: "aws"; readonly service: string; readonly variables: readonly string[] }
  | { readonly kind: "none" };

/** The environment variables that say the region, the usual one first, and which it is where none does. */
export interface Region {
  readonly variables: readonly string[];
  readonly usual: string;
}

export function aws(service: string, ...variables: string[]): Auth {
  return { kind: "aws", service, variables };
}

export function bearer(...variables: string[]): Auth {
  return { kind: "bearer", variables };
}

export function header(name: string, ...variables: string[]): Auth {
  return { kind: "header", header: name, variables };
}

/** A provider as its file tells it. */
export type Told = Omit<Provider, "below"> & {
  /** One path, where all its wires begin there. */
  readonly below?: string | Provider["below"];
};

/** Checks the shape of a provider file at compile time; gives back what it got. */
export function defineProvider({ below, ...provider }: Told): Provider {
  if (below === undefined) return provider;
  if (typeof below !== "string") return { ...provider, below };
  const names = Object.values(provider.wires).flat();
  return { ...provider, below: Object.fromEntries(names.map((name) => [name, below])) };
}
