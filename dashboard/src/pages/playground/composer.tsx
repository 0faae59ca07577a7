import { Send, Square, X } from "lucide-react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { EVERYBODY, FAULTS, type Fault } from "./faults.ts";

const KEYS = navigator.platform.startsWith("Mac") ? "⌘ Enter" : "Ctrl Enter";

/** What is said next. */
export function Composer({
  text,
  onText,
  faults,
  onFaults,
  isRunning,
  canSend,
  awaited,
  onSend,
  onStop,
}: {
  text: string;
  onText: (text: string) => void;
  faults: readonly Fault[];
  onFaults: (faults: readonly Fault[]) => void;
  isRunning: boolean;
  canSend: boolean;
  /** What has to be known before what was sent goes out. */
  awaited: string | undefined;
  onSend: () => void;
  onStop: () => void;
}) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
      className="rounded-lg border border-line-strong bg-surface shadow-low focus-within:border-accent"
    >
      <textarea
        aria-label="What is said"
        data-search
        rows={3}
        value={text}
        onChange={({ target }) => onText(target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          onSend();
        }}
        placeholder="Say something…"
        className="block max-h-60 w-full resize-y rounded-t-lg bg-transparent px-3 py-2.5 focus-visible:outline-none"
      />
      <div className="flex flex-wrap items-center gap-2 px-2 pb-2">
        {faults.map((fault, i) => (
          <Badge key={`${fault.provider} ${fault.name}`} tone="warn" className="h-[24px] pr-0">
            {whoseOf(fault)}: {FAULTS[fault.name].label}
            <button
              type="button"
              aria-label={`Mend ${whoseOf(fault)}`}
              onClick={() => onFaults(faults.filter((_, at) => at !== i))}
              className="grid size-[24px] place-items-center rounded hover:bg-hover"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          </Badge>
        ))}
        <span role="status" className="ml-auto text-[13px] text-muted">
          {awaited !== undefined && `Goes out once it is known ${awaited}.`}
        </span>
        <span className="text-[13px] text-faint max-sm:hidden">{KEYS}</span>
        {isRunning ? (
          <Button onClick={onStop}>
            <Square /> Stop
          </Button>
        ) : (
          <Button look="primary" type="submit" disabled={!canSend} busy={awaited !== undefined}>
            <Send /> Send
          </Button>
        )}
      </div>
    </form>
  );
}

export function whoseOf({ provider }: Fault): string {
  return provider === EVERYBODY ? "all providers" : provider;
}
