import type { ReactNode } from "react";
import { cn } from "./class-names.ts";
import { usePlace } from "./place.tsx";

/** What each page has: its name, what can be done on it, and what it is about. */
export function Page({
  title,
  hint,
  actions,
  children,
  fill = false,
}: {
  title: string;
  hint?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** It is as high as the screen: what scrolls is a part of it. */
  fill?: boolean;
}) {
  usePlace(title);
  return (
    <div
      className={cn(
        "mx-auto flex w-full max-w-[1400px] flex-col gap-4 px-4 py-5 md:px-6",
        fill && "h-dvh max-md:h-[calc(100dvh-3rem)]",
      )}
    >
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {hint !== undefined && <p className="text-muted">{hint}</p>}
        </div>
        {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
