import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Check, ChevronLeft, ChevronRight, ListFilter } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { modelsQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { cn } from "../../ui/class-names.ts";
import { Field, Input } from "../../ui/field.tsx";
import { compact } from "../../ui/format.ts";
import { Popover } from "../../ui/popover.tsx";
import { useNames, wordOf } from "./chips.tsx";
import { type Asked, FILTERS, type Filter } from "./filters.ts";
import { type Choice, suggestionsQuery } from "./suggestions.ts";

/** Of all that fit so many are drawn. */
const MOST = 60;

/** By what the list can be narrowed down, and to what. */
export function FilterMenu({
  asked,
  onChange,
}: {
  asked: Asked;
  onChange: (filter: string, values: readonly string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<Filter>();
  const toggle = (isOpen: boolean) => {
    setOpen(isOpen);
    if (isOpen) setChosen(undefined);
  };
  return (
    <Popover
      open={open}
      onOpenChange={toggle}
      label="Filter"
      className="w-80"
      trigger={
        <Button size="small">
          <ListFilter aria-hidden /> Filter
        </Button>
      }
    >
      {chosen === undefined ? (
        <Kinds asked={asked} onChoose={setChosen} />
      ) : (
        <>
          <div className="flex items-center gap-1 border-b border-line p-1.5">
            <Button look="quiet" size="tiny" aria-label="Back to all filters" onClick={() => setChosen(undefined)}>
              <ChevronLeft />
            </Button>
            <span className="font-medium">{chosen.label}</span>
          </div>
          {chosen.number === undefined ? (
            <Values
              filter={chosen}
              values={asked.by[chosen.name] ?? []}
              onChange={(values) => {
                onChange(chosen.name, values);
                if (chosen.several !== true) setOpen(false);
              }}
            />
          ) : (
            <Amount
              filter={chosen}
              value={asked.by[chosen.name]?.[0]}
              onChange={(value) => {
                onChange(chosen.name, value === "" ? [] : [value]);
                setOpen(false);
              }}
            />
          )}
        </>
      )}
    </Popover>
  );
}

function Kinds({ asked, onChoose }: { asked: Asked; onChoose: (filter: Filter) => void }) {
  return (
    <Command label="Filters">
      <Command.Input autoFocus placeholder="Filter by…" className={SEARCH} />
      <Command.List className={LIST}>
        <Command.Empty className={EMPTY}>Nothing is called so.</Command.Empty>
        {FILTERS.map((filter) => (
          <Item key={filter.name} value={filter.label} onSelect={() => onChoose(filter)}>
            <span className="flex-1">{filter.label}</span>
            {asked.by[filter.name] !== undefined && <span className="text-xs text-accent">set</span>}
            <ChevronRight aria-hidden />
          </Item>
        ))}
      </Command.List>
    </Command>
  );
}

function Values({
  filter,
  values,
  onChange,
}: {
  filter: Filter;
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
}) {
  const [text, setText] = useState("");
  const { choices, isPending } = useChoices(filter);
  const nameOf = useNames(filter.name);
  const wanted = text.trim().toLowerCase();
  const all = [
    ...values.filter((value) => !choices.some((one) => one.value === value)).map((value) => ({ value, label: value })),
    ...choices,
  ].map((one: Choice) => ({ ...one, label: filter.name === "team" ? nameOf(one.value) : one.label }));
  const found = all.filter(({ value, label }) => `${value}\n${label}`.toLowerCase().includes(wanted)).slice(0, MOST);
  const isFree = filter.choices === undefined && text.trim() !== "" && !all.some(({ value }) => value === text.trim());
  const toggle = (value: string) => {
    if (values.includes(value)) onChange(values.filter((one) => one !== value));
    else onChange(filter.several === true ? [...values, value] : [value]);
  };
  return (
    <Command label={filter.label} shouldFilter={false}>
      {filter.choices === undefined && (
        <Command.Input autoFocus value={text} onValueChange={setText} placeholder="Find or type…" className={SEARCH} />
      )}
      <Command.List className={LIST} {...(filter.choices === undefined ? {} : { tabIndex: 0 })}>
        {found.length === 0 && !isFree && (
          <p className={EMPTY}>
            {isPending ? "Looking…" : wanted === "" ? "None in the last weeks." : "None is called so."}
          </p>
        )}
        {found.map(({ value, label, requests }) => (
          <Item key={value} value={value} onSelect={() => toggle(value)}>
            <span
              aria-hidden
              className={cn(
                "grid size-4 shrink-0 place-items-center rounded border border-line-strong",
                values.includes(value) && "border-accent bg-accent",
              )}
            >
              {values.includes(value) && <Check className="!size-3 !text-accent-ink" />}
            </span>
            <span className="min-w-0 flex-1 truncate" title={label}>
              {label}
              {values.includes(value) && <span className="sr-only">, chosen</span>}
            </span>
            {requests !== undefined && <span className="tabular text-xs text-faint">{compact(requests)}</span>}
          </Item>
        ))}
        {isFree && (
          <Item value={`=${text}`} onSelect={() => toggle(text.trim())}>
            <span className="truncate">
              Only <span className="font-medium">{text.trim()}</span>
            </span>
          </Item>
        )}
      </Command.List>
    </Command>
  );
}

function useChoices(filter: Filter): { choices: readonly Choice[]; isPending: boolean } {
  const counted = useQuery(suggestionsQuery(filter.name));
  const isModel = filter.name === "requested_model";
  const models = useQuery({ ...modelsQuery, enabled: isModel });
  if (filter.choices !== undefined) return { choices: filter.choices, isPending: false };
  if (isModel) {
    const choices = (models.data?.data ?? []).map(({ id }) => ({ value: id, label: id }));
    return { choices, isPending: models.isLoading };
  }
  return { choices: counted.data ?? [], isPending: counted.isLoading };
}

function Amount({
  filter,
  value = "",
  onChange,
}: {
  filter: Filter;
  value: string | undefined;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const { unit, step, usual } = filter.number!;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange(text.trim());
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 p-3">
      <Field label={`${filter.label}, ${unit}`}>
        {(ids) => (
          <div className="flex gap-2">
            <Input
              {...ids}
              autoFocus
              type="number"
              min={0}
              step={step}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            <Button type="submit" look="primary">
              Apply
            </Button>
          </div>
        )}
      </Field>
      <div className="flex flex-wrap gap-1.5">
        {usual.map((one) => (
          <Button key={one} size="small" onClick={() => onChange(one)}>
            {wordOf(filter, one)}
          </Button>
        ))}
      </div>
    </form>
  );
}

const SEARCH = "h-10 w-full border-b border-line bg-transparent px-3 outline-none";
const LIST = "max-h-72 overflow-y-auto p-1 outline-none";
const EMPTY = "px-3 py-5 text-center text-muted";

function Item({ value, onSelect, children }: { value: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-8 cursor-default items-center gap-2 rounded-md px-2 data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:text-muted"
    >
      {children}
    </Command.Item>
  );
}
