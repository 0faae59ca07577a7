import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button } from "./button.tsx";

interface Note {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

let notes: readonly Note[] = [];
let last = 0;
const listeners = new Set<() => void>();

function put(next: readonly Note[]): void {
  notes = next;
  for (const listener of listeners) listener();
}

/** Says in a corner what came of something. What failed stays until it is closed. */
export function toast(text: string, tone: Note["tone"] = "good"): void {
  const note = { id: ++last, tone, text };
  put([...notes.slice(-3), note]);
  if (tone === "good") setTimeout(() => put(notes.filter((one) => one !== note)), 4000);
}

export function toastError(thrown: unknown): void {
  toast(thrown instanceof Error ? thrown.message : String(thrown), "bad");
}

/** Where they are seen. One for the page. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notes,
  );
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed right-3 bottom-3 z-50 flex w-[min(24rem,calc(100%-1.5rem))] flex-col gap-2"
    >
      {shown.map((note) => (
        <div
          key={note.id}
          className="appear pointer-events-auto flex items-start gap-2 rounded-lg border border-line bg-surface p-3 shadow-high"
        >
          {note.tone === "good" ? (
            <CircleCheck className="mt-0.5 size-4 shrink-0 text-good" />
          ) : (
            <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" />
          )}
          <p className="min-w-0 flex-1 break-words">{note.text}</p>
          <Button
            look="quiet"
            size="tiny"
            aria-label="Dismiss"
            onClick={() => put(notes.filter((one) => one !== note))}
          >
            <X />
          </Button>
        </div>
      ))}
    </div>
  );
}
