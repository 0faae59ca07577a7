import type { ReactNode } from "react";
import { cn } from "./class-names.ts";

export type Tone = "neutral" | "good" | "warn" | "bad" | "accent";

const TONES = {
  neutral: "bg-hover text-muted",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
} as const satisfies Record<Tone, string>;

/** A word that is a state. */
export function Badge({
  tone = "neutral",
  children,
  className,
  title,
}: {
  tone?: Tone;
  children: ReactNode;
  className?: string;
  title?: string;
}) {
  return (
    <span
      title={title}
      className={cn(
        "inline-flex h-5 items-center gap-1 align-middle whitespace-nowrap rounded px-1.5 text-xs font-medium",
        TONES[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}

const DOTS = { neutral: "bg-faint", good: "bg-good", warn: "bg-warn", bad: "bg-bad", accent: "bg-accent" } as const;

/** A state at a glance; its word stands beside it, for nobody is to read colours alone. */
export function Dot({ tone, beats = false }: { tone: Tone; beats?: boolean }) {
  return (
    <span aria-hidden className={cn("inline-block size-2 shrink-0 rounded-full", DOTS[tone], beats && "pulse-dot")} />
  );
}
