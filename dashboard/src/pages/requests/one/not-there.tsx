import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { settingsQuery } from "../../../api/queries.ts";
import { Button } from "../../../ui/button.tsx";
import { count } from "../../../ui/format.ts";
import { Empty } from "../../../ui/state.tsx";
import { Time, useNow } from "../../../ui/time.tsx";
import { around, type Gone, goneOf } from "./gone.ts";

/** A request that is not there: what its id and what is kept say of it, and the way to those of its time. */
export function NotThere({ id, retry }: { id: string; retry: () => void }) {
  const { data: settings } = useQuery(settingsQuery);
  const now = useNow();
  const { why, at } = goneOf(id, settings?.retention, now);
  const time = at === undefined ? undefined : <Time at={new Date(at).toISOString()} />;
  const days = settings === undefined ? undefined : count(settings.retention.requests_days);
  return (
    <div className="rounded-lg border border-line bg-surface shadow-low">
      <Empty
        icon={SearchX}
        title={why === "pruned" ? "This request is kept no longer" : "There is no request of this id"}
        action={
          <span className="flex flex-wrap items-center justify-center gap-x-4 gap-y-2">
            {at !== undefined && why !== "future" && (
              <>
                <Link to="/requests" search={around(at) as never} className="font-medium text-accent hover:underline">
                  Requests around then
                </Link>
                <Link to="/" search={around(at) as never} className="font-medium text-accent hover:underline">
                  Sums of that time
                </Link>
              </>
            )}
            {why === "foreign" && (
              <Link
                to="/requests"
                search={{ search: id.slice(0, 200) } as never}
                className="font-medium text-accent hover:underline"
              >
                Look for it in all requests
              </Link>
            )}
            {why !== "pruned" && why !== "foreign" && (
              <Button size="small" onClick={retry}>
                Look again
              </Button>
            )}
          </span>
        }
      >
        <p>
          <Why why={why} time={time} days={days} megabytes={settings?.retention.megabytes ?? null} />
        </p>
      </Empty>
    </div>
  );
}

function Why({
  why,
  time,
  days = "so many",
  megabytes,
}: {
  why: Gone["why"];
  time: React.ReactNode;
  days: string | undefined;
  megabytes: number | null;
}) {
  switch (why) {
    case "foreign":
      return "Ids of requests begin with gen_ and have 26 letters and digits behind it: this is another.";
    case "future":
      return <>By its id it begins at {time}, which has not come yet: no gateway with this clock has made it.</>;
    case "pruned":
      return (
        <>
          It began at {time}. Single requests are kept for {days} days (<code>ledger.keep_days</code>); the sums that it
          is in are kept longer.
        </>
      );
    case "perhaps-pruned":
      return (
        <>
          By its id it began at {time}. Requests are kept for {days} days and up to {count(megabytes ?? 0)} MB (
          <code>ledger.keep_megabytes</code>), the earliest go first. One that is under way is listed when it ends.
        </>
      );
    case "unknown":
      return (
        <>
          By its id it began at {time}, and requests are kept for {days} days. It was served by another gateway, or is
          under way: then it is listed when it ends.
        </>
      );
  }
}
