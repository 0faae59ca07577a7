import type { ReactNode } from "react";
import { Skeleton } from "../../ui/state.tsx";

/** What is so, line by line; the lines stand there before it is known. */
export function Facts({ facts }: { facts: readonly { readonly name: string; readonly value: ReactNode }[] }) {
  return (
    <dl className="divide-y divide-line">
      {facts.map(({ name, value }) => (
        <div key={name} className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 px-4 py-2">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words text-right">{value ?? <Skeleton className="w-12" />}</dd>
        </div>
      ))}
    </dl>
  );
}
