import { Link } from "@tanstack/react-router";
import { relative, utc } from "../../ui/format.ts";
import { useNow } from "../../ui/time.tsx";
import { endsOf } from "./last-use.ts";

/** When a key was last used, to the hour; it leads to its requests of that hour. @param hour `undefined` while it is not known, `null` where it was not used */
export function LastUsed({ id, hour }: { id: string; hour: string | null | undefined }) {
  const now = useNow();
  if (hour === undefined) return <span className="text-faint">…</span>;
  if (hour === null)
    return (
      <span className="text-faint" title="Not as far back as sums are kept">
        never
      </span>
    );
  const { from, to } = endsOf(hour);
  const [start, end] = [new Date(from), new Date(to)];
  const isNow = end.getTime() > now;
  return (
    <Link
      to="/requests"
      search={{ api_key_id: id, from, ...(isNow ? {} : { to }) } as never}
      title={`Between ${utc(start).slice(0, 16)} and ${utc(end).slice(11, 16)} UTC`}
      className="whitespace-nowrap hover:text-accent hover:underline"
    >
      {isNow ? "this hour" : relative(end, now)}
    </Link>
  );
}
