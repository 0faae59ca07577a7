import { useSyncExternalStore } from "react";

/** What closes each dialog that is open, the topmost last. */
let open: readonly (() => void)[] = [];
const listeners = new Set<() => void>();

/** Says that a dialog is open. @param close asks its owner to close it @returns what says that it is no more */
export function opened(close: () => void): () => void {
  tell([...open, close]);
  return () => tell(open.filter((one) => one !== close));
}

/** How many are open. */
export function useOpenDialogs(): number {
  return useSyncExternalStore(subscribe, howMany);
}

export function howMany(): number {
  return open.length;
}

/** Closes the topmost, until so many are left. */
export function closeDownTo(left: number): void {
  for (const close of open.slice(left).reverse()) close();
}

function tell(now: typeof open): void {
  open = now;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
