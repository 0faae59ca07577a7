import { useEffect, useSyncExternalStore } from "react";

/** On which page somebody is, for whom it is read aloud: going there loads nothing that a reader would tell. */

let place = "";
const listeners = new Set<() => void>();

/** Calls the page that is seen by its name. */
export function usePlace(title: string): void {
  useEffect(() => {
    document.title = `${title} · Headgate`;
    place = title;
    for (const listener of listeners) listener();
  }, [title]);
}

/** Says it when it has changed. */
export function Place() {
  const title = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => place,
  );
  return (
    <p role="status" aria-label="Page" className="sr-only">
      {title}
    </p>
  );
}
