import type { ListedGeneration } from "../../../../src/admin/contract.ts";
import { asQuery, rangeOf } from "./range.ts";

/** What requests can be narrowed down by. Its name is that of the address and of `GET /admin/generations`. */
export interface Filter {
  readonly name: string;
  readonly label: string;
  /** What is before its value in a chip. */
  readonly is?: string;
  /** Several of its values may be told; each of them will do. */
  readonly several?: true;
  /** All that it can be. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  /** What is typed. */
  readonly number?: { readonly unit: string; readonly step: string; readonly usual: readonly string[] };
  /** What of a request it is about; it fits where one of these is told. What was not told is found by an empty text. */
  readonly of?: (one: ListedGeneration) => readonly (string | null)[];
  /** Likewise, where it is more than being the same. */
  readonly fits?: (one: ListedGeneration, value: string) => boolean;
}

const words = (...all: readonly (readonly [value: string, label: string])[]) =>
  all.map(([value, label]) => ({ value, label }));

export const FILTERS: readonly Filter[] = [
  {
    name: "status",
    label: "Status",
    choices: words(["ok", "Worked"], ["error", "Failed"]),
    fits: ({ error }, value) => (error !== null) === (value === "error"),
  },
  { name: "model", label: "Model", several: true, of: ({ model }) => [model] },
  { name: "provider", label: "Provider", several: true, of: ({ provider_name: name }) => [name] },
  { name: "api_key_id", label: "Key", several: true, of: ({ api_key_id: id }) => [id] },
  { name: "team", label: "Team", several: true, of: ({ team }) => [team] },
  { name: "user_id", label: "End user", several: true, of: ({ user }) => [user] },
  { name: "quota_entity_id", label: "Entity", several: true, of: ({ quota_entity_id: id }) => [id] },
  { name: "tag", label: "Tag", several: true, of: ({ tags }) => (tags.length === 0 ? [""] : tags) },
  { name: "app", label: "App", several: true, of: ({ app }) => [app ?? ""] },
  { name: "error", label: "Error", several: true, of: ({ error }) => [error] },
  {
    name: "finish_reason",
    label: "Finish",
    several: true,
    choices: words(
      ["stop", "Stop"],
      ["length", "Length"],
      ["tool-calls", "Tool calls"],
      ["content-filter", "Content filter"],
      ["refusal", "Refusal"],
      ["pause", "Pause"],
      ["error", "Error"],
      ["other", "Other"],
    ),
    of: ({ finish_reason: reason }) => [reason],
  },
  {
    name: "streamed",
    label: "Streamed",
    choices: words(["true", "Streamed"], ["false", "In one piece"]),
    of: ({ streamed }) => [String(streamed)],
  },
  {
    name: "min_cost",
    label: "Cost",
    is: "≥ $",
    number: { unit: "dollars or more", step: "any", usual: ["0.001", "0.01", "0.1", "1"] },
    fits: ({ market_cost: cost, correction = 0 }, value) => cost - correction >= Number(value) - 5e-10,
  },
  {
    name: "min_duration_ms",
    label: "Duration",
    is: "≥ ",
    number: { unit: "milliseconds or more", step: "1", usual: ["1000", "5000", "20000", "60000"] },
    fits: ({ generation_time: ms }, value) => ms >= Number(value),
  },
  { name: "requested_model", label: "Requested model", several: true, of: ({ requested_model: model }) => [model] },
  {
    name: "operation",
    label: "Operation",
    several: true,
    choices: words(
      ["generate", "Chat"],
      ["complete", "Completion"],
      ["embed", "Embeddings"],
      ["image", "Images"],
      ["rerank", "Rerank"],
      ["speech", "Speech"],
      ["transcribe", "Transcription"],
      ["moderate", "Moderation"],
    ),
    of: ({ operation }) => [operation],
  },
  {
    name: "credential_type",
    label: "Account",
    choices: words(["system", "The operator's"], ["byok", "The client's own"]),
    fits: ({ is_byok: byok }, value) => byok === (value === "byok"),
  },
];

/** What is asked for, as it stands in the address. */
export interface Asked {
  readonly range?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly search?: string | undefined;
  /** Values by filter; none is empty. */
  readonly by: Readonly<Record<string, readonly string[]>>;
}

/** @param all the values of a member of the address */
export function askedOf(all: (name: string) => readonly string[]): Asked {
  const by: Record<string, readonly string[]> = {};
  for (const { name, several } of FILTERS) {
    const values = all(name);
    if (values.length > 0) by[name] = several === true ? values : values.slice(0, 1);
  }
  const [range, from, to, search] = ["range", "from", "to", "search"].map((name) => all(name)[0]);
  return { range, from, to, search, by };
}

/** Whether anything is asked for but a time. */
export function isNarrow({ search, by }: Asked): boolean {
  return search !== undefined || Object.keys(by).length > 0;
}

/** As `GET /admin/generations` is asked. @param now Unix milliseconds */
export function queryOf(asked: Asked, now: number): Record<string, string | readonly string[]> {
  const { search, by } = asked;
  return { ...by, ...asQuery(rangeOf(asked, now)), ...(search === undefined ? {} : { search }) };
}

/** As it stands in the address; to go back to. */
export function addressOf({ range, from, to, search, by }: Asked): Record<string, string | readonly string[]> {
  const told = Object.entries({ range, from, to, search }).filter(
    (one): one is [string, string] => one[1] !== undefined,
  );
  return { ...Object.fromEntries(told), ...by };
}

/** Whether a request that has just ended is among those that are asked for: what the gateway would say. */
export function fits(one: ListedGeneration, asked: Asked, now: number): boolean {
  const { from = 0, to = Number.POSITIVE_INFINITY } = rangeOf(asked, now);
  const at = Date.parse(one.created_at);
  if (at < from || at >= to) return false;
  for (const filter of FILTERS) {
    const values = asked.by[filter.name];
    if (values === undefined) continue;
    const { of, fits: fitsOne = (it, value) => of?.(it).some((told) => (told ?? "") === value) ?? false } = filter;
    if (!values.some((value) => fitsOne(one, value))) return false;
  }
  return asked.search === undefined || isFound(one, asked.search);
}

function isFound({ id, requested_model: requested, model, user, app, error }: ListedGeneration, text: string): boolean {
  const lower = (one: string) => one.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const wanted = lower(text);
  return [id, requested, model, user, app, error].some((one) => one !== null && lower(one).includes(wanted));
}
