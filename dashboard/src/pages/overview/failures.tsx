import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Card } from "../../ui/card.tsx";
import { compact, count } from "../../ui/format.ts";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { failuresQuery } from "./numbers.ts";
import { type Range, rowsOf } from "./range.ts";

const SHOWN = 8;

/** Why requests failed. */
export function FailuresCard({ range }: { range: Range }) {
  const { data, error, refetch } = useQuery(failuresQuery(range));
  const most = data?.[0]?.requests ?? 0;
  return (
    <Card flush title="Errors">
      {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
      {data === undefined && error === null && (
        <div className="flex h-[6.75rem] flex-col justify-around px-4">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
          <Skeleton className="w-1/2" />
        </div>
      )}
      {data?.length === 0 && <p className="px-4 py-3 text-muted">Nothing failed in this time.</p>}
      <ul className="divide-y divide-line">
        {data?.slice(0, SHOWN).map(({ error: code, requests }) => (
          <li key={code}>
            <Link
              to="/requests"
              search={{ ...rowsOf(range), error: code } as never}
              className="relative flex h-9 items-center gap-3 px-4 hover:bg-hover focus-visible:-outline-offset-2"
            >
              <span
                aria-hidden
                className="absolute inset-y-0 left-0 bg-bad-soft opacity-70"
                style={{ width: `${(requests / most) * 100}%` }}
              />
              <span className="relative min-w-0 flex-1 truncate font-mono text-[12.5px]">{code}</span>
              <span className="tabular relative font-medium" title={count(requests)}>
                {compact(requests)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
