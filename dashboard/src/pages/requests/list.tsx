// biome-ignore-all lint/a11y/useSemanticElements: rows that are put where they belong are no table for the browser
// biome-ignore-all lint/a11y/useFocusableInteractive: it is only read
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
// biome-ignore-all lint/a11y/noStaticElementInteractions: it only takes note of where the focus is
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { ListedGeneration } from "../../../../src/admin/contract.ts";
import { Button } from "../../ui/button.tsx";
import { cn } from "../../ui/class-names.ts";
import { count } from "../../ui/format.ts";
import { useIsPhone } from "../../ui/media.ts";
import { focusRow, useRowKeys } from "./keys.ts";
import { cameFrom } from "./place.ts";
import { COLUMNS, PhoneRow, ROOMY, ROW, Row } from "./row.tsx";

/** Pixels from the top that still count as being there. */
const TOP = 8;
/** Rows from the end at which more are asked for. */
const AHEAD = 20;

interface Head {
  readonly label: string;
  readonly title?: string;
  readonly right?: true;
  readonly isRoomy?: true;
}

const HEAD: readonly Head[] = [
  { label: "Time" },
  { label: "Status" },
  { label: "Model" },
  { label: "Provider" },
  { label: "Key", isRoomy: true },
  { label: "End user", isRoomy: true },
  { label: "Tokens", title: "Input (of it cached) → output", right: true },
  { label: "1st token", title: "Time to first token, of streams", right: true, isRoomy: true },
  { label: "Duration", right: true },
  { label: "Cost", right: true },
];
/** Pixels. */
const HEAD_HEIGHT = 37;

/** The requests, of which only those are drawn that are seen. */
export function List({
  rows,
  address,
  latest,
  waiting,
  isMore,
  onShow,
  onTop,
  onEnd,
  foot,
}: {
  rows: readonly ListedGeneration[];
  address: Readonly<Record<string, string | readonly string[]>>;
  /** Those that came last. */
  latest: ReadonlySet<string>;
  /** How many are new and not shown. */
  waiting: number;
  /** Whether there are more than that. */
  isMore: boolean;
  onShow: () => void;
  /** Whether its top is seen, and nobody goes through it by keyboard. */
  onTop: (isAtTop: boolean) => void;
  /** More are wanted. */
  onEnd: () => void;
  /** Beneath the last of them. */
  foot: ReactNode;
}) {
  const isPhone = useIsPhone();
  const height = isPhone ? ROW.phone : ROW.wide;
  const place = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]!.id,
    overscan: 10,
    // The head lies over it, and takes room of its own.
    scrollPaddingEnd: isPhone ? 0 : HEAD_HEIGHT,
    initialRect: { width: 1000, height: 800 },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height
  useEffect(() => virtual.measure(), [height]);

  const [isAtTop, setAtTop] = useState(true);
  const [isWalked, setWalked] = useState(false);
  useEffect(() => onTop(isAtTop && !isWalked), [isAtTop, isWalked, onTop]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD) onEnd();
  }, [last, rows.length, onEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the list is there
  useEffect(() => {
    const from = cameFrom();
    const index = rows.findIndex(({ id }) => id === from?.id);
    if (from === undefined || index < 0) return;
    virtual.scrollToIndex(index, { align: "center" });
    if (from.byKeyboard) focusRow(place.current, from.id);
  }, []);
  useRowKeys({ rows, place, toIndex: (index) => virtual.scrollToIndex(index) });

  const open = useCallback(
    (id: string, event: React.MouseEvent) => {
      if (event.target instanceof Element && event.target.closest("a") !== null) return;
      // Who marks a text does not mean to go anywhere.
      if (getSelection()?.isCollapsed === false) return;
      const to = { to: "/requests/$id", params: { id }, search: address as never } as const;
      if (event.metaKey || event.ctrlKey) open_(`/requests/${id}`);
      else void navigate(to);
    },
    [navigate, address],
  );

  const Line = isPhone ? PhoneRow : Row;
  return (
    <div className="relative flex min-h-96 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-low">
      {waiting > 0 && (
        <div className="pointer-events-none absolute inset-x-0 top-11 z-20 flex justify-center">
          <Button
            look="primary"
            size="small"
            className="appear pointer-events-auto rounded-full px-3 shadow-high"
            onClick={() => {
              place.current?.scrollTo({ top: 0 });
              onShow();
            }}
          >
            <ArrowUp aria-hidden />
            {count(waiting)}
            {isMore && "+"} new
          </Button>
        </div>
      )}
      <div
        ref={place}
        tabIndex={0}
        data-list
        className="min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2"
        onScroll={({ currentTarget }) => setAtTop(currentTarget.scrollTop < TOP)}
        onFocus={({ target }) => setWalked(target.matches("[data-row]:focus-visible"))}
        onBlur={() => setWalked(false)}
      >
        <div
          {...(isPhone ? { role: "list" } : { role: "table", "aria-rowcount": -1 })}
          {...{ "aria-label": "Requests, the latest first" }}
          className={cn(!isPhone && "min-w-[720px] min-[1340px]:min-w-[1060px]")}
        >
          {!isPhone && (
            <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface">
              <div role="row" className={cn(COLUMNS, "h-9 text-[13px] font-medium text-muted")}>
                {HEAD.map(({ label, title, right, isRoomy }) => (
                  <div
                    key={label}
                    role="columnheader"
                    title={title}
                    className={cn("truncate", right && "text-right", isRoomy && ROOMY)}
                  >
                    {label}
                  </div>
                ))}
              </div>
            </div>
          )}
          <div role={isPhone ? undefined : "rowgroup"} className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map(({ index, key, start }) => {
              const one = rows[index]!;
              return (
                <Line
                  key={key}
                  one={one}
                  index={index}
                  start={start}
                  isFresh={latest.has(one.id)}
                  address={address}
                  onOpen={open}
                />
              );
            })}
          </div>
        </div>
        {foot}
      </div>
    </div>
  );
}

function open_(path: string): void {
  window.open(path, "_blank", "noopener");
}
