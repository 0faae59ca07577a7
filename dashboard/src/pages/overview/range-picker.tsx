import { CalendarRange, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Input } from "../../ui/field.tsx";
import { utc } from "../../ui/format.ts";
import type { SearchMembers } from "../../ui/search.ts";
import { Segments } from "../../ui/tabs.tsx";
import { RANGES, type Range, type RangeName } from "./range.ts";
import { spanLabel } from "./span-label.ts";

const FORM = "range";

/** Which time is looked at: one of a few that end now, or any other. */
export function RangePicker({ range, change }: { range: Range; change: (members: SearchMembers) => void }) {
  const [isAsking, setAsking] = useState(false);
  const choose = (from: number, to: number) => {
    change({ range: undefined, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    setAsking(false);
  };
  return (
    <>
      {range.name === "custom" ? (
        <div className="flex h-8 max-w-full items-center rounded-md border border-line-strong bg-surface">
          <button
            type="button"
            onClick={() => setAsking(true)}
            title={`${utc(new Date(range.from))} to ${utc(new Date(range.to))}`}
            className="tabular flex h-full min-w-0 items-center gap-1.5 rounded-l-md px-2.5 text-[13px] font-medium hover:bg-hover"
          >
            <CalendarRange aria-hidden className="size-4 shrink-0 text-muted" />
            <span className="truncate">{spanLabel(range)}</span>
          </button>
          <Button
            look="quiet"
            size="tiny"
            aria-label="Back to the last 24 hours"
            className="mx-1"
            onClick={() => change({ range: undefined, from: undefined, to: undefined })}
          >
            <X />
          </Button>
        </div>
      ) : (
        <div className="flex items-center gap-2">
          <Segments<RangeName>
            label="Time"
            value={range.name}
            onChange={(name) => change({ range: name === "24h" ? undefined : name, from: undefined, to: undefined })}
            options={NAMES.map((name) => ({
              value: name,
              label: (
                <abbr className="no-underline" title={RANGES[name].title}>
                  {RANGES[name].label}
                </abbr>
              ),
            }))}
          />
          <Button size="icon" aria-label="Another time" title="Another time" onClick={() => setAsking(true)}>
            <CalendarRange />
          </Button>
        </div>
      )}
      <Dialog
        open={isAsking}
        onClose={() => setAsking(false)}
        title="Which time"
        hint="In your time zone. Drawing over a chart chooses one as well."
        className="max-w-sm"
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Cancel</Button>
            <Button type="submit" form={FORM} look="primary">
              Show
            </Button>
          </>
        }
      >
        <Span range={range} onChosen={choose} />
      </Dialog>
    </>
  );
}

const NAMES = Object.keys(RANGES) as RangeName[];

function Span({ range, onChosen }: { range: Range; onChosen: (from: number, to: number) => void }) {
  const [from, setFrom] = useState(() => local(range.from));
  const [to, setTo] = useState(() => local(Math.min(range.to, Date.now())));
  const [error, setError] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const [start, end] = [new Date(from).getTime(), new Date(to).getTime()];
    if (!(start < end)) setError("It must end after it begins.");
    else if (start > Date.now()) setError("Nothing has happened then yet.");
    else onChosen(start, end);
  };
  return (
    <form id={FORM} onSubmit={submit} className="flex flex-col gap-4">
      <Field label="From">
        {(ids) => (
          <Input
            {...ids}
            type="datetime-local"
            required
            value={from}
            onChange={({ target }) => setFrom(target.value)}
          />
        )}
      </Field>
      <Field label="To" error={error}>
        {(ids) => (
          <Input {...ids} type="datetime-local" required value={to} onChange={({ target }) => setTo(target.value)} />
        )}
      </Field>
    </form>
  );
}

/** As the browser's own field has it, in the viewer's zone. */
function local(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
