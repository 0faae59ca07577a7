import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { useCallback, useState } from "react";
import type { GenerationPage, ListedGeneration } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useHeard } from "../../api/events.ts";
import { Badge, Dot } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { count, duration } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { StatusBadge } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";

/** Waits for a request, and shows it the moment it is over. */
export function FirstRequest() {
  const [heard, setHeard] = useState<ListedGeneration>();
  useHeard("generation", useCallback(setHeard, []));
  const { data: last } = useQuery({
    queryKey: ["generations", "last"],
    queryFn: ({ signal }) => ask<GenerationPage>("/generations?limit=1", { signal }),
  });
  const shown = heard ?? last?.data[0];
  return (
    <Card title="3 · Seen here">
      <div aria-live="polite" className="flex min-h-12 items-center">
        {shown === undefined ? (
          <p className="flex items-center gap-2.5 text-muted">
            <Dot tone="accent" beats /> Waiting for your first request. It appears here the moment it is over.
          </p>
        ) : (
          <Link
            to="/requests/$id"
            params={{ id: shown.id }}
            className="group flex w-full flex-wrap items-center gap-x-4 gap-y-1 rounded-md p-1.5 hover:bg-hover"
          >
            {shown.error === null ? <Badge tone="good">answered</Badge> : <StatusBadge one={shown} />}
            <span className="font-medium">{shown.model}</span>
            <span className="text-muted">{shown.provider_name ?? "nobody"}</span>
            <span className="tabular text-muted">{count(shown.tokens_prompt + shown.tokens_completion)} tokens</span>
            <Money value={shown.total_cost} className="text-muted" />
            <span className="tabular text-muted">{duration(shown.generation_time)}</span>
            <span className="ml-auto inline-flex items-center gap-1 text-muted">
              <Time at={shown.created_at} ago /> <ArrowRight aria-hidden className="size-4 group-hover:text-ink" />
            </span>
          </Link>
        )}
      </div>
    </Card>
  );
}
