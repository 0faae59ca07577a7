import { type ReactNode, useState } from "react";
import { cn } from "../../../ui/class-names.ts";

/** Of a list or object so many members are drawn at first, and of a text so many characters. */
const MOST_MEMBERS = 100;
const MOST_TEXT = 600;

/** JSON that can be folded. Nothing in it is anything but text. */
export function JsonTree({ value, depth = 0 }: { value: unknown; depth?: number }): ReactNode {
  if (typeof value === "string") return <Text value={value} />;
  if (value === null || typeof value !== "object") return <span className="text-c2">{String(value)}</span>;
  return <Branch value={value} depth={depth} />;
}

/** A list or an object. */
function Branch({ value, depth }: { value: object; depth: number }) {
  const [isOpen, setOpen] = useState(depth < 4);
  const isList = Array.isArray(value);
  const members = Object.entries(value);
  const [open, close] = isList ? "[]" : "{}";
  if (members.length === 0) return `${open}${close}`;
  const what = `${members.length} ${isList ? "item" : "member"}${members.length === 1 ? "" : "s"}`;
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-label={`${isOpen ? "Fold" : "Unfold"} ${what}`}
        onClick={() => setOpen(!isOpen)}
        className="rounded-sm hover:bg-hover"
      >
        <span aria-hidden className={cn("mr-1 inline-block text-faint", isOpen && "rotate-90")}>
          ▸
        </span>
        {open}
        {!isOpen && (
          <>
            <span className="text-faint"> {what} </span>
            {close}
          </>
        )}
      </button>
      {isOpen && (
        <>
          <Members members={members} isList={isList} depth={depth} />
          {close}
        </>
      )}
    </>
  );
}

function Members({
  members,
  isList,
  depth,
}: {
  members: readonly (readonly [string, unknown])[];
  isList: boolean;
  depth: number;
}) {
  const [most, setMost] = useState(MOST_MEMBERS);
  return (
    <div className="border-l border-line pl-4">
      {members.slice(0, most).map(([name, value]) => (
        <div key={name}>
          {!isList && <span className="text-muted">{name}: </span>}
          <JsonTree value={value} depth={depth + 1} />
        </div>
      ))}
      {members.length > most && (
        <More onClick={() => setMost(Number.POSITIVE_INFINITY)} count={members.length - most} />
      )}
    </div>
  );
}

function Text({ value }: { value: string }) {
  const [isWhole, setWhole] = useState(value.length <= MOST_TEXT);
  return (
    <>
      <span className="break-words whitespace-pre-wrap text-accent">
        "{isWhole ? value : `${value.slice(0, MOST_TEXT)}…`}"
      </span>
      {!isWhole && <More onClick={() => setWhole(true)} count={value.length - MOST_TEXT} />}
    </>
  );
}

function More({ onClick, count }: { onClick: () => void; count: number }) {
  return (
    <button type="button" onClick={onClick} className="ml-1 rounded-sm text-muted underline hover:text-ink">
      {count.toLocaleString("en-US")} more
    </button>
  );
}
