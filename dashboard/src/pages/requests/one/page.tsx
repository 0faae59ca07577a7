import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Check, ChevronDown, ChevronUp, Terminal } from "lucide-react";
import { useMemo, useState } from "react";
import type { KeptBodies, ShownGeneration } from "../../../../../src/admin/contract.ts";
import { ApiError, ask } from "../../../api/client.ts";
import { useSession } from "../../../shell/session.tsx";
import { Button } from "../../../ui/button.tsx";
import { CopyButton, putInClipboard } from "../../../ui/copy.tsx";
import { Page } from "../../../ui/page.tsx";
import { useSearchMembers } from "../../../ui/search.ts";
import { Failed, Skeleton } from "../../../ui/state.tsx";
import { toast, toastError } from "../../../ui/toast.tsx";
import { addressOf, askedOf } from "../filters.ts";
import { comeFrom } from "../place.ts";
import { Bodies } from "./bodies.tsx";
import { CorrectButton } from "./correction.tsx";
import { Cost } from "./cost.tsx";
import { curlOf } from "./curl.ts";
import { Charged, Details, Dropped } from "./details.tsx";
import { Headline } from "./headline.tsx";
import { useNeighbourKeys, useNeighbours } from "./neighbours.ts";
import { NotThere } from "./not-there.tsx";
import { Timeline } from "./timeline.tsx";

export default function RequestPage() {
  const { id = "" } = useParams({ strict: false });
  const { all, members } = useSearchMembers();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same as long as the address is
  const asked = useMemo(() => askedOf(all), [JSON.stringify(members)]);
  const address = addressOf(asked);
  const { newer, older } = useNeighbours(id, asked);
  const go = useNeighbourKeys(id, { newer, older }, address);
  const { data, error, refetch } = useQuery({
    queryKey: ["generation", id],
    queryFn: ({ signal }) => ask<ShownGeneration>(`/generations/${encodeURIComponent(id)}`, { signal }),
  });
  return (
    <Page
      title="Request"
      hint={
        <span className="flex min-w-0 items-center gap-1.5">
          <Link
            to="/requests"
            search={address as never}
            onClick={() => comeFrom(id, false)}
            className="rounded-sm hover:text-ink hover:underline"
          >
            Requests
          </Link>
          <span aria-hidden>/</span>
          <code className="truncate font-mono text-[12.5px]">{id}</code>
          <CopyButton text={id} label="Copy the id" />
        </span>
      }
      actions={
        <>
          {data !== undefined && <CopyAsCurl key={id} one={data} />}
          <span className="flex">
            <Button
              size="small"
              className="rounded-r-none"
              aria-label="Newer request"
              title="Newer request (k)"
              disabled={newer === undefined}
              onClick={() => newer !== undefined && go(newer)}
            >
              <ChevronUp />
            </Button>
            <Button
              size="small"
              className="-ml-px rounded-l-none"
              aria-label="Older request"
              title="Older request (j)"
              disabled={older === undefined}
              onClick={() => older !== undefined && go(older)}
            >
              <ChevronDown />
            </Button>
          </span>
        </>
      }
    >
      {data !== undefined ? (
        <Shown key={id} one={data} />
      ) : error instanceof ApiError && error.status === 404 ? (
        <NotThere id={id} retry={() => void refetch()} />
      ) : error !== null ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Shown({ one }: { one: ShownGeneration }) {
  const { role } = useSession();
  const [isWanted, setWanted] = useState(false);
  const bodies = useQuery({ ...bodiesQuery(one.id), enabled: isWanted });
  return (
    <>
      <Headline one={one} />
      <Timeline one={one} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Cost one={one} actions={<CorrectButton one={one} />} />
          <Dropped dropped={one.dropped} />
          <Bodies
            isKept={one.has_bodies}
            mayRead={role === "admin"}
            bodies={bodies}
            isWanted={isWanted}
            onWant={() => setWanted(true)}
          />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Details one={one} />
          <Charged one={one} />
        </div>
      </div>
    </>
  );
}

function bodiesQuery(id: string) {
  return {
    queryKey: ["bodies", id],
    queryFn: ({ signal }: { signal: AbortSignal }) => ask<KeptBodies>(`/generations/${id}/bodies`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  } as const;
}

function CopyAsCurl({ one }: { one: ShownGeneration }) {
  const client = useQueryClient();
  const { role } = useSession();
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const reads = one.has_bodies && role === "admin";
  const isPossible = curlOf(one, location.origin) !== undefined;
  const copy = async () => {
    setBusy(true);
    try {
      const asked = reads ? (await client.fetchQuery(bodiesQuery(one.id))).asked : null;
      await putInClipboard(curlOf(one, location.origin, asked)!);
      setDone(true);
      setTimeout(() => setDone(false), 1500);
      if (!reads) toast("Copied without what was said, which is not kept: fill in the dots.");
    } catch (thrown) {
      toastError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const title = !isPossible
    ? "A command cannot ask this: it takes files."
    : reads
      ? "With what was asked. That it was read is written to the audit log."
      : "With the model and options; what was said is not kept.";
  return (
    <Button size="small" busy={busy} disabled={!isPossible} title={title} onClick={() => void copy()}>
      {done ? <Check aria-hidden className="text-good" /> : <Terminal aria-hidden />}
      {done ? "Copied" : "Copy as curl"}
    </Button>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-4">
      <Skeleton className="h-[172px] rounded-lg max-sm:h-[344px]" />
      <Skeleton className="h-56 rounded-lg" />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Skeleton className="h-64 rounded-lg" />
        <Skeleton className="h-80 rounded-lg" />
      </div>
    </div>
  );
}
