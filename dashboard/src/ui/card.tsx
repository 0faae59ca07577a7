import type { ReactNode } from "react";
import { cn } from "./class-names.ts";

/** A part of a page, with what it is called. */
export function Card({
  title,
  hint,
  actions,
  children,
  className,
  flush = false,
}: {
  title?: ReactNode;
  hint?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  /** What is in it goes to its edges. */
  flush?: boolean;
}) {
  return (
    <section className={cn("min-w-0 rounded-lg border border-line bg-surface shadow-low", className)}>
      {(title !== undefined || actions !== undefined) && (
        <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5">
          {title !== undefined && <h2 className="font-semibold">{title}</h2>}
          {hint !== undefined && <span className="text-[13px] text-muted">{hint}</span>}
          {actions !== undefined && <div className="ml-auto flex items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}
