import type { LucideIcon } from "lucide-react";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { Button } from "./button.tsx";
import { cn } from "./class-names.ts";

/** There is nothing: why, and what to do about it. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon?: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      {Icon !== undefined && (
        <span className="mb-1 grid size-10 place-items-center rounded-full bg-hover text-muted">
          <Icon aria-hidden className="size-5" />
        </span>
      )}
      <p className="font-semibold">{title}</p>
      {children !== undefined && <div className="max-w-md text-muted">{children}</div>}
      {action !== undefined && <div className="mt-2">{action}</div>}
    </div>
  );
}

/** It went wrong: in the gateway's own words, with a way to try again. */
export function Failed({ error, retry, className }: { error: unknown; retry?: () => void; className?: string }) {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ApiError ? error.code : undefined;
  return (
    <div
      role="alert"
      className={cn("flex flex-wrap items-start gap-3 rounded-md bg-bad-soft px-3 py-2.5 text-bad", className)}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 break-words">
        {message}
        {code !== undefined && <span className="ml-2 font-mono text-xs opacity-80">{code}</span>}
      </div>
      {retry !== undefined && (
        <Button size="small" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** What will be there, in its size: nothing jumps when it comes. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("skeleton h-4", className)} />;
}

/** Rows of a table that is not there yet. */
export function SkeletonRows({ rows = 8, height = 40 }: { rows?: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading" className="divide-y divide-line">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={i} className="flex items-center gap-4 px-4" style={{ height }}>
          <Skeleton className="w-32" />
          <Skeleton className="w-1/3" />
          <Skeleton className="ml-auto w-20" />
        </div>
      ))}
    </div>
  );
}
