import { ChevronRight } from "lucide-react";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { Badge } from "./badge.tsx";

/** A part of a form that can be folded away. What is set in it stands beside its name. */
export function Section({
  title,
  set,
  open = false,
  children,
}: {
  title: string;
  /** In a few words; nothing where it is as usual. */
  set?: string | undefined;
  /** Turning true unfolds it: something in it is wrong. */
  open?: boolean;
  children: ReactNode;
}) {
  const place = useRef<HTMLDetailsElement>(null);
  // It is never folded over what somebody has before them.
  useLayoutEffect(() => {
    if (open) place.current!.open = true;
  }, [open]);
  return (
    <details ref={place} className="group border-t border-line first:border-t-0">
      <summary className="flex h-11 list-none items-center gap-2 font-medium hover:text-accent [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 shrink-0 text-muted transition-transform group-open:rotate-90" />
        <span className="shrink-0">{title}</span>
        {set !== undefined && (
          <Badge tone="accent" className="ml-auto min-w-0">
            <span className="truncate">{set}</span>
          </Badge>
        )}
      </summary>
      <div className="flex flex-col gap-4 pt-1 pb-5 pl-6 max-sm:pl-0">{children}</div>
    </details>
  );
}
