import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { cn } from "./class-names.ts";

export interface Column<Row> {
  readonly name: string;
  readonly label: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand right. */
  readonly right?: boolean;
  /** What it is sorted by, where it can be. */
  readonly by?: (row: Row) => number | string | null;
  /** Only where there is room. */
  readonly wide?: boolean;
  readonly className?: string;
}

/** Rows and columns; scrolls sideways within itself where there is no room. */
export function Table<Row>({
  label,
  rows,
  columns,
  keyOf,
  onOpen,
  onMove,
  initialSort,
  empty,
}: {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  /** A row can be opened: by pointer, or by Enter when it has the focus. */
  onOpen?: (row: Row) => void;
  /** A row that can be opened can be moved: by Alt and an arrow when it, or something in it, has the focus. */
  onMove?: (row: Row, step: -1 | 1) => void;
  initialSort?: { column: string; down: boolean };
  empty?: ReactNode;
}) {
  const [sort, setSort] = useState(initialSort);
  const sorted = useMemo(() => {
    const by = columns.find(({ name }) => name === sort?.column)?.by;
    if (by === undefined) return rows;
    return rows.toSorted((a, b) => compare(by(a), by(b), sort!.down));
  }, [rows, columns, sort]);
  if (rows.length === 0 && empty !== undefined) return empty;
  // What scrolls must be reached by keyboard.
  const isReached = onOpen !== undefined || columns.some(({ by }) => by !== undefined);
  return (
    // What is only read out loud would else reach beyond it, and make the page wider.
    <div {...(isReached ? {} : { tabIndex: 0 })} className="relative overflow-x-auto focus-visible:-outline-offset-2">
      <table aria-label={label} className="w-full border-collapse text-left">
        <thead>
          <tr className="border-b border-line text-[13px] text-muted">
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                aria-sort={sort?.column !== column.name ? undefined : sort.down ? "descending" : "ascending"}
                className={cn(
                  "h-9 whitespace-nowrap px-3 font-medium first:pl-4 last:pr-4",
                  column.right && "text-right",
                  column.wide && "max-lg:hidden",
                )}
              >
                {column.by === undefined ? (
                  <span className="inline-flex items-center align-middle">{column.label}</span>
                ) : (
                  <button
                    type="button"
                    onClick={() =>
                      setSort({
                        column: column.name,
                        down: sort?.column === column.name ? !sort.down : column.right === true,
                      })
                    }
                    className={cn(
                      "inline-flex items-center gap-1 align-middle hover:text-ink",
                      column.right && "flex-row-reverse",
                    )}
                  >
                    {column.label}
                    {sort?.column === column.name ? (
                      sort.down ? (
                        <ArrowDown className="size-3.5" />
                      ) : (
                        <ArrowUp className="size-3.5" />
                      )
                    ) : (
                      <span className="size-3.5" />
                    )}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {sorted.map((row) => (
            <tr
              key={keyOf(row)}
              {...(onOpen === undefined
                ? {}
                : {
                    tabIndex: 0,
                    onClick: (event: React.MouseEvent) => !isControl(event.target) && onOpen(row),
                    onKeyDown: (event: React.KeyboardEvent) => {
                      if (onMove !== undefined && event.altKey && /^Arrow(Up|Down)$/.test(event.key)) {
                        event.preventDefault();
                        onMove(row, event.key === "ArrowUp" ? -1 : 1);
                        return;
                      }
                      if (event.key !== "Enter" || event.target !== event.currentTarget) return;
                      // What opens takes the focus, and the same press would go on to the button that closes it.
                      event.preventDefault();
                      onOpen(row);
                    },
                  })}
              className={cn(onOpen !== undefined && "cursor-pointer hover:bg-hover focus-visible:-outline-offset-2")}
            >
              {columns.map((column) => (
                <td
                  key={column.name}
                  className={cn(
                    "h-10 px-3 py-1.5 first:pl-4 last:pr-4",
                    column.right && "tabular text-right whitespace-nowrap",
                    column.wide && "max-lg:hidden",
                    column.className,
                  )}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What is not known comes last, either way. */
function compare(a: number | string | null, b: number | string | null, down: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order = typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
  return down ? -order : order;
}

/** What is pressed within a row does its own. */
function isControl(target: EventTarget): boolean {
  return (
    target instanceof Element && target.closest("button, a, input, select, label, [role=menuitem], dialog") !== null
  );
}
