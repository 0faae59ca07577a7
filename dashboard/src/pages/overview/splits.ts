import type { UsageGroup } from "../../../../src/admin/contract.ts";

export type SplitName = "model" | "provider" | "key" | "user" | "tag" | "app";

/** By what requests are told apart. */
export interface Split {
  readonly name: SplitName;
  readonly label: string;
  /** What several are called. */
  readonly plural: string;
  /** What those are called of whom nobody told it. */
  readonly none: string;
  /** `group_by` of a report. */
  readonly groupBy: string;
  /** What tells two groups apart; `undefined` where nobody told. */
  readonly idOf: (group: UsageGroup) => string | undefined;
  /** What it is called. */
  readonly titleOf: (group: UsageGroup) => string | undefined;
  /** The filter of the list of requests. */
  readonly filter: string;
  /** What a report is narrowed down by to one of them; `undefined` where it cannot be. */
  readonly only: (id: string | undefined) => Readonly<Record<string, string>> | undefined;
  /** One request may be in several of them: together they have more than there was. */
  readonly overlaps: boolean;
  /** How fast each was answered. */
  readonly paced: Paced;
}

/** As `GET /admin/latency` is asked by it. */
export interface Paced {
  /** `group_by`, and what a group is told by. */
  readonly by: "model" | "provider" | "api_key_id" | "user" | "tag" | "app";
  /** Narrows it down to any of these; absent where counts are kept of all. An empty text is for what nobody told. */
  readonly only?: (ids: readonly string[]) => Readonly<Record<string, string | readonly string[]>>;
}

function split(name: Exclude<SplitName, "key">, label: string, plural: string, none: string): Split {
  const idOf = (group: UsageGroup) => group[name];
  const only = (id = "") => ({ [name]: id });
  return {
    name,
    label,
    plural,
    none,
    groupBy: name,
    idOf,
    titleOf: idOf,
    filter: name,
    only,
    overlaps: false,
    paced: { by: name },
  };
}

export const SPLITS: readonly Split[] = [
  split("model", "Model", "models", "No model"),
  split("provider", "Provider", "providers", "No provider was asked"),
  {
    name: "key",
    label: "Key",
    plural: "keys",
    none: "No key",
    groupBy: "api_key_id,api_key_name",
    idOf: ({ api_key_id: id }) => id,
    titleOf: ({ api_key_name: title }) => title,
    filter: "api_key_id",
    only: (id = "") => ({ api_key_id: id }),
    overlaps: false,
    paced: { by: "api_key_id", only: (ids) => ({ api_key_id: ids }) },
  },
  {
    ...split("user", "End user", "end users", "No end user"),
    filter: "user_id",
    only: (id = "") => ({ user_id: id }),
    paced: { by: "user", only: (ids) => ({ user_id: ids }) },
  },
  {
    ...split("tag", "Tag", "tags", "No tag"),
    // A list: a tag may have a comma in it.
    only: (id) => (id === undefined ? undefined : { tags: JSON.stringify([id]) }),
    overlaps: true,
    // Those without a tag cannot be asked for: they have no line.
    paced: { by: "tag", only: (ids) => ({ tags: JSON.stringify(ids.filter((id) => id !== "")) }) },
  },
  { ...split("app", "App", "apps", "No app"), paced: { by: "app", only: (ids) => ({ app: ids }) } },
];

/** What a report is narrowed down by to requests with any of these tags, each of them once. */
export function withAny(tags: readonly string[]): Readonly<Record<string, string>> {
  return { tags: JSON.stringify(tags), tags_match: "any" };
}

/** @param told what stands in the address */
export function splitOf(told: string | undefined): Split {
  return SPLITS.find(({ name }) => name === told) ?? SPLITS[0]!;
}
