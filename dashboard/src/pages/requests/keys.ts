import { type RefObject, useEffect, useRef } from "react";

/** j and k, and arrows within the list, go from row to row; Enter opens, as the row's link has the focus. */
export function useRowKeys({
  rows,
  place,
  toIndex,
}: {
  rows: readonly { readonly id: string }[];
  place: RefObject<HTMLElement | null>;
  /** Brings a row into view. */
  toIndex: (index: number) => void;
}): void {
  const now = useRef({ rows, toIndex });
  now.current = { rows, toIndex };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const step = stepOf(event, place.current);
      if (step === undefined) return;
      const { rows: all, toIndex: bring } = now.current;
      const focused = document.activeElement?.getAttribute("data-row");
      const at = all.findIndex(({ id }) => id === focused);
      const next = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step));
      const row = all[next];
      if (row === undefined) return;
      event.preventDefault();
      bring(next);
      focusRow(place.current, row.id);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [place]);
}

function stepOf(event: KeyboardEvent, place: HTMLElement | null): 1 | -1 | undefined {
  if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]") !== null)
    return undefined;
  const { target } = event;
  if (target instanceof Element && target.closest("input, textarea, select, [role=menu], [role=dialog]") !== null)
    return undefined;
  if (event.key === "j") return 1;
  if (event.key === "k") return -1;
  const isInside = target instanceof Node && place?.contains(target) === true;
  if (!isInside) return undefined;
  return event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : undefined;
}

/** It may be drawn in a moment only. */
export function focusRow(place: HTMLElement | null, id: string, tries = 5): void {
  const link = place?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`);
  if (link !== null && link !== undefined) link.focus({ preventScroll: true, focusVisible: true } as FocusOptions);
  else if (tries > 0) requestAnimationFrame(() => focusRow(place, id, tries - 1));
}
