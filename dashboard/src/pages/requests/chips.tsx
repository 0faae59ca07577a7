import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { duration } from "../../ui/format.ts";
import { type Asked, FILTERS, type Filter } from "./filters.ts";
import { suggestionsQuery, teamsQuery } from "./suggestions.ts";

/** What the list is narrowed down by, each to be taken away. */
export function Chips({ asked, onRemove }: { asked: Asked; onRemove: (filter: string) => void }) {
  return FILTERS.filter(({ name }) => name in asked.by).map((filter) => (
    <Chip key={filter.name} filter={filter} values={asked.by[filter.name]!} onRemove={() => onRemove(filter.name)} />
  ));
}

function Chip({ filter, values, onRemove }: { filter: Filter; values: readonly string[]; onRemove: () => void }) {
  const nameOf = useNames(filter.name);
  const told = values.map((value) => wordOf(filter, value, nameOf)).join(", ");
  return (
    <span className="inline-flex h-7 min-w-0 max-w-full items-center rounded-md border border-line bg-sunken pl-2 text-[13px]">
      <span className="shrink-0 text-muted">{filter.label}</span>
      <span className="min-w-0 max-w-80 truncate px-1.5 font-medium" title={told}>
        {told}
      </span>
      <button
        type="button"
        aria-label={`Remove the filter ${filter.label}`}
        onClick={onRemove}
        className="grid h-full w-6 shrink-0 place-items-center rounded-r-md text-muted hover:bg-hover hover:text-ink"
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </span>
  );
}

/** @param nameOf what is known by an id */
export function wordOf(filter: Filter, value: string, nameOf: (value: string) => string = (one) => one): string {
  if (filter.name === "min_duration_ms") return `≥ ${duration(Number(value))}`;
  if (filter.is !== undefined) return `${filter.is}${value}`;
  if (value === "") return "none";
  return filter.choices?.find((one) => one.value === value)?.label ?? nameOf(value);
}

/** Keys and teams are asked for by their ids and known by their names. */
export function useNames(filter: string): (value: string) => string {
  const keys = useQuery({ ...suggestionsQuery("api_key_id"), enabled: filter === "api_key_id" });
  const teams = useQuery({ ...teamsQuery, enabled: filter === "team" });
  if (filter === "api_key_id") return (value) => keys.data?.find((one) => one.value === value)?.label ?? value;
  if (filter === "team") return (value) => teams.data?.data.find(({ id }) => id === value)?.name ?? value;
  return (value) => value;
}
