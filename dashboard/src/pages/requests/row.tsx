// biome-ignore-all lint/a11y/useSemanticElements: rows that are put where they belong are no table for the browser
// biome-ignore-all lint/a11y/useFocusableInteractive: it is only read
import { Link } from "@tanstack/react-router";
import { memo, type ReactNode } from "react";
import type { ListedGeneration } from "../../../../src/admin/contract.ts";
import { cn } from "../../ui/class-names.ts";
import { compact, count, duration, moment } from "../../ui/format.ts";
import { StatusWord, statusOf } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";
import { Cost } from "./cost.tsx";

export interface RowProps {
  one: ListedGeneration;
  /** From the top of the list. */
  start: number;
  /** Its place in the list, from 0 on. */
  index: number;
  /** It came just now. */
  isFresh: boolean;
  /** What the list is narrowed down to, to come back to. */
  address: Readonly<Record<string, string | readonly string[]>>;
  onOpen: (id: string, event: React.MouseEvent) => void;
}

/** Of the wide list, its head and its rows. */
export const COLUMNS =
  "grid items-center gap-x-2.5 px-3 grid-cols-[108px_104px_minmax(100px,1fr)_80px_152px_62px_96px] min-[1340px]:grid-cols-[108px_104px_minmax(140px,1fr)_80px_104px_66px_138px_62px_62px_96px]";
/** Of what stands there only where there is room for it. */
export const ROOMY = "max-[1340px]:hidden";

/** The link in it has the focus, and the row shows it. */
const FOCUS = "has-[a:focus-visible]:bg-hover has-[a:focus-visible]:outline-2 outline-accent -outline-offset-2";

/** Pixels. */
export const ROW = { wide: 36, phone: 60 } as const;

export const Row = memo(function Row({ one, start, index, isFresh, address, onOpen }: RowProps) {
  const name = one.api_key_name ?? one.api_key_id;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in it is what the keyboard reaches
    <div
      role="row"
      aria-rowindex={index + 2}
      onClick={(event) => onOpen(one.id, event)}
      className={cn(
        COLUMNS,
        "absolute inset-x-0 top-0 cursor-pointer border-b border-line text-[13px] hover:bg-hover",
        FOCUS,
        isFresh && "appear",
      )}
      style={{ height: ROW.wide, top: start }}
    >
      <Cell>
        <RowLink one={one} address={address}>
          <Time at={one.created_at} className="tabular" />
        </RowLink>
      </Cell>
      <Cell>
        <StatusWord one={one} />
      </Cell>
      <Cell>
        <ModelName one={one} />
      </Cell>
      <Cell title={one.provider_name ?? "Nobody was asked"}>{one.provider_name ?? "–"}</Cell>
      <Cell title={name} isRoomy>
        {name}
      </Cell>
      <Cell title={one.user ?? undefined} isRoomy>
        {one.user ?? "–"}
      </Cell>
      <Cell right>
        <Tokens one={one} />
      </Cell>
      <Cell right isRoomy>
        {one.streamed && one.latency > 0 ? duration(one.latency) : "–"}
      </Cell>
      <Cell right>{duration(one.generation_time)}</Cell>
      <Cell right>
        <Cost one={one} />
      </Cell>
    </div>
  );
});

export const PhoneRow = memo(function PhoneRow({ one, start, isFresh, address, onOpen }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in it is what the keyboard reaches
    <div
      role="listitem"
      onClick={(event) => onOpen(one.id, event)}
      className={cn(
        "absolute inset-x-0 flex flex-col justify-center gap-0.5 border-b border-line px-3 text-[13px]",
        FOCUS,
        isFresh && "appear",
      )}
      style={{ height: ROW.phone, top: start }}
    >
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 font-medium">
          <ModelName one={one} />
        </span>
        <Cost one={one} className="font-medium" />
      </div>
      <div className="flex items-center gap-2 text-muted">
        <RowLink one={one} address={address}>
          <Time at={one.created_at} className="tabular" />
        </RowLink>
        <span className="min-w-0 flex-1">
          <StatusWord one={one} />
        </span>
        <span className="tabular shrink-0">
          {compact(one.tokens_prompt)} → {compact(one.tokens_completion)} · {duration(one.generation_time)}
        </span>
      </div>
    </div>
  );
});

function RowLink({ one, address, children }: Pick<RowProps, "one" | "address"> & { children: ReactNode }) {
  return (
    <Link
      to="/requests/$id"
      params={{ id: one.id }}
      search={address as never}
      data-row={one.id}
      aria-label={`${moment(new Date(one.created_at))}, ${one.model}, ${statusOf(one).word}`}
      className="outline-none hover:underline"
    >
      {children}
    </Link>
  );
}

function Cell({
  children,
  right = false,
  isRoomy = false,
  title,
}: {
  children: ReactNode;
  right?: boolean;
  isRoomy?: boolean;
  title?: string | undefined;
}) {
  return (
    <div role="cell" title={title} className={cn("min-w-0 truncate", right && "tabular text-right", isRoomy && ROOMY)}>
      {children}
    </div>
  );
}

/** What was asked for, and what served where that is another. */
function ModelName({ one: { requested_model: requested, model } }: Pick<RowProps, "one">) {
  if (requested === model)
    return (
      <span title={model} className="block truncate">
        {model}
      </span>
    );
  return (
    <span title={`${requested} was asked for, ${model} served`} className="flex min-w-0">
      <span className="min-w-8 shrink-[50] truncate text-faint">{requested}</span>
      <span className="shrink-0 px-1 text-faint">→</span>
      <span className="min-w-0 truncate">{model}</span>
    </span>
  );
}

function Tokens({ one }: Pick<RowProps, "one">) {
  const { tokens_prompt: input, tokens_completion: output, native_tokens_cached: cached, estimated } = one;
  const told = `${count(input)} input${cached > 0 ? `, ${count(cached)} of them cached` : ""}, ${count(output)} output${estimated ? "; estimated" : ""}`;
  return (
    <span title={told}>
      {estimated && "≈ "}
      {compact(input)}
      {cached > 0 && <span className="text-faint"> ({compact(cached)})</span>} → {compact(output)}
    </span>
  );
}
