import { CalendarRange } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Field, Input } from "../../ui/field.tsx";
import { moment } from "../../ui/format.ts";
import { Popover } from "../../ui/popover.tsx";
import type { Asked } from "./filters.ts";
import { isRangeName, RANGES, rangeOf, type Told } from "./range.ts";

/** Of which time requests are shown. */
export function TimeRange({ asked, onChange }: { asked: Asked; onChange: (told: Told) => void }) {
  const [open, setOpen] = useState(false);
  const choose = (told: Told) => {
    onChange({ range: undefined, from: undefined, to: undefined, ...told });
    setOpen(false);
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label="Time"
      trigger={
        <Button size="small" className="max-w-full">
          <CalendarRange aria-hidden />
          <span className="truncate">{wordOf(asked)}</span>
        </Button>
      }
    >
      <ul className="p-1">
        {[undefined, ...Object.keys(RANGES)].map((range) => (
          <li key={range ?? "any"}>
            <button
              type="button"
              aria-pressed={range === asked.range && asked.from === undefined && asked.to === undefined}
              onClick={() => choose({ range })}
              className="flex h-8 w-full items-center rounded-md px-2 text-left hover:bg-hover aria-pressed:font-semibold"
            >
              {isRangeName(range) ? RANGES[range].label : "Any time"}
            </button>
          </li>
        ))}
      </ul>
      <Own asked={asked} onChange={choose} />
    </Popover>
  );
}

function Own({ asked, onChange }: { asked: Asked; onChange: (told: Told) => void }) {
  const range = rangeOf(asked, Date.now());
  const [from, setFrom] = useState(localOf(range.from));
  const [to, setTo] = useState(localOf(range.to));
  const isWrong = from !== "" && to !== "" && from >= to;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isWrong) onChange({ from: momentOf(from), to: momentOf(to) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2.5 border-t border-line p-3">
      <Field label="From">
        {(ids) => (
          <Input {...ids} type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
        )}
      </Field>
      <Field label="To" error={isWrong ? "It ends before it begins." : undefined}>
        {(ids) => <Input {...ids} type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} />}
      </Field>
      <Button type="submit" disabled={from === "" && to === ""} className="self-end">
        Apply
      </Button>
    </form>
  );
}

function wordOf({ range, from, to }: Asked): string {
  if (isRangeName(range)) return RANGES[range].label;
  const ends = rangeOf({ from, to }, Date.now());
  const start = ends.from === undefined ? undefined : moment(new Date(ends.from));
  const end = ends.to === undefined ? undefined : moment(new Date(ends.to));
  if (start !== undefined && end !== undefined) return `${start} – ${end}`;
  if (start !== undefined) return `Since ${start}`;
  return end === undefined ? "Any time" : `Until ${end}`;
}

/** As the browser's own field has it, in the viewer's zone. */
function localOf(at: number | undefined): string {
  if (at === undefined) return "";
  const shifted = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

function momentOf(local: string): string | undefined {
  return local === "" ? undefined : new Date(local).toISOString();
}
