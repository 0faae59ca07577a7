import { useMemo } from "react";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { cn } from "../../ui/class-names.ts";
import { Select } from "../../ui/field.tsx";
import type { SearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { ABILITIES } from "./abilities.tsx";
import { type Filters, ORDERS, type Order } from "./filters.ts";

const TYPES = ["language", "embedding", "image", "reranking", "speech", "transcription", "moderation"] as const;
const CONTEXTS = [32_000, 128_000, 200_000, 1_000_000] as const;
const PRICES = [0.1, 0.5, 1, 3, 10] as const;

/** What narrows the catalogue down. */
export function FilterBar({
  models,
  filters,
  order,
  onChange,
}: {
  models: readonly ListedModel[];
  filters: Filters;
  order: Order;
  onChange: (members: SearchMembers) => void;
}) {
  const providers = useMemo(
    () => [...new Set(models.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider)))].sort(),
    [models],
  );
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput
        label="Search models"
        placeholder="Name or id"
        value={filters.q === "" ? undefined : filters.q}
        onChange={(q) => onChange({ q })}
      />
      <Segments
        label="Which models"
        value={filters.served ? "served" : "all"}
        onChange={(value) => onChange({ served: value === "all" ? "all" : undefined })}
        options={[
          { value: "served", label: "Served" },
          { value: "all", label: "All" },
        ]}
      />
      <Choice label="Type" value={filters.type} onChange={(type) => onChange({ type })}>
        {TYPES.map((type) => [type, type[0]!.toUpperCase() + type.slice(1)])}
      </Choice>
      <Choice label="Provider" value={filters.provider} onChange={(provider) => onChange({ provider })}>
        {providers.map((provider) => [provider, provider])}
      </Choice>
      <Choice label="Ability" value={filters.ability} onChange={(ability) => onChange({ ability })}>
        {Object.entries(ABILITIES).map(([name, { label }]) => [name, label])}
      </Choice>
      <Choice
        label="Context"
        value={filters.context === 0 ? "" : String(filters.context)}
        onChange={(context) => onChange({ context })}
      >
        {CONTEXTS.map((size) => [String(size), size < 1_000_000 ? `≥ ${size / 1000}K` : "≥ 1M"])}
      </Choice>
      <Choice
        label="Input price"
        value={filters.price === 0 ? "" : String(filters.price)}
        onChange={(price) => onChange({ price })}
      >
        {PRICES.map((price) => [String(price), `≤ $${price}`])}
      </Choice>
      <Choice label="Data" value={filters.zdr ? "true" : ""} onChange={(zdr) => onChange({ zdr })}>
        {[["true", "Zero data retention"]]}
      </Choice>
      <Select
        aria-label="Sorted by"
        value={order}
        onChange={({ target }) => onChange({ sort: target.value === "name" ? undefined : target.value })}
        className="ml-auto w-40 max-md:ml-0 max-md:w-[calc(50%-4px)]"
      >
        {Object.entries(ORDERS).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </Select>
    </div>
  );
}

function Choice({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: string;
  onChange: (value: string | undefined) => void;
  children: readonly (readonly string[])[];
}) {
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
      className={cn("w-36 max-md:w-[calc(50%-4px)]", value === "" ? "text-muted" : "border-accent font-medium")}
    >
      <option value="">{label}</option>
      {children.map(([name, told]) => (
        <option key={name} value={name}>
          {told}
        </option>
      ))}
    </Select>
  );
}
