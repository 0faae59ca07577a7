import { Command } from "cmdk";
import { Search } from "lucide-react";
import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { Popover } from "../../ui/popover.tsx";

/** Of all models the first that fit: a list of thousands is not read. */
const MOST = 50;

/** A model, found by any words of its id and name. Those that can be asked come first, the newest of them at the top. */
export function ModelPicker({
  label,
  models,
  taken,
  trigger,
  onPick,
}: {
  label: string;
  models: readonly ListedModel[] | undefined;
  taken: readonly string[];
  trigger: ReactNode;
  onPick: (id: string) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover open={isOpen} onOpenChange={setOpen} trigger={trigger} label={label} className="w-96">
      <Finder
        models={models}
        taken={taken}
        onPick={(id) => {
          setOpen(false);
          onPick(id);
        }}
      />
    </Popover>
  );
}

function Finder({
  models,
  taken,
  onPick,
}: {
  models: readonly ListedModel[] | undefined;
  taken: readonly string[];
  onPick: (id: string) => void;
}) {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text);
  const shown = useMemo(() => fitting(models ?? [], taken, wanted), [models, taken, wanted]);
  return (
    <Command label="Models" shouldFilter={false}>
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Search aria-hidden className="size-4 text-faint" />
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder="Search models"
          className="h-9 w-full bg-transparent outline-none"
        />
      </div>
      <Command.List className="max-h-80 overflow-y-auto p-1">
        <Command.Empty className="px-3 py-6 text-center text-muted">
          {models === undefined ? "Loading…" : "No model that talks is called so."}
        </Command.Empty>
        {shown.map(({ id, name, is_served: isServed, endpoints }) => (
          <Command.Item
            key={id}
            value={id}
            onSelect={() => onPick(id)}
            className="flex cursor-default items-center gap-3 rounded-md px-2.5 py-1.5 data-[selected=true]:bg-hover"
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate">{name}</span>
              <span className="block truncate text-xs text-muted">{id}</span>
            </span>
            <span className="shrink-0 text-xs text-muted">
              {isServed ? (endpoints.length === 1 ? "1 provider" : `${endpoints.length} providers`) : "Not served"}
            </span>
          </Command.Item>
        ))}
      </Command.List>
    </Command>
  );
}

function fitting(models: readonly ListedModel[], taken: readonly string[], text: string): ListedModel[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return models
    .filter(
      ({ id, name, type, denied_by: denied }) =>
        type === "language" &&
        denied === null &&
        !taken.includes(id) &&
        words.every((word) => `${id} ${name}`.toLowerCase().includes(word)),
    )
    .sort(
      (a, b) =>
        Number(b.is_served) - Number(a.is_served) ||
        Number(a.is_deprecated) - Number(b.is_deprecated) ||
        (b.released_at ?? "").localeCompare(a.released_at ?? ""),
    )
    .slice(0, MOST);
}
