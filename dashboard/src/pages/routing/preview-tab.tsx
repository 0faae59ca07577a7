import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Waypoints } from "lucide-react";
import { useState } from "react";
import type { Preview } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { Card } from "../../ui/card.tsx";
import { faultAt } from "../../ui/faults.ts";
import { useSearchMembers } from "../../ui/search.ts";
import { Empty, Failed, Skeleton } from "../../ui/state.tsx";
import { Plan } from "./plan.tsx";
import { addressOf, type PreviewForm, previewBody, previewForm } from "./preview-asked.ts";
import { PreviewFields } from "./preview-fields.tsx";

/** Members that have a field to say what is wrong at. */
const FIELDS = ["model", "api_key_id", "max_tokens", "more"];

/** What would happen to a request now; nothing is sent. */
export function PreviewTab() {
  const { all, one, members, change } = useSearchMembers();
  const [form, setForm] = useState(() => previewForm(all));
  const [fault, setFault] = useState<unknown>(null);
  const isAsked = one("model") !== undefined;
  const asked = previewForm(all);
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    queryKey: ["preview", members],
    queryFn: ({ signal }) => ask<Preview>("/preview", { method: "POST", body: previewBody(asked), signal }),
    enabled: isAsked,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 0,
  });
  const submit = () => {
    try {
      previewBody(form);
    } catch (thrown) {
      setFault(thrown);
      return;
    }
    setFault(null);
    const next = addressOf(form);
    if (JSON.stringify(next) === JSON.stringify(addressOf(asked))) void refetch();
    else change(next);
  };
  const wrong = fault ?? error;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
      <Card title="A request">
        <PreviewFields
          form={form}
          put={(some: Partial<PreviewForm>) => setForm((now) => ({ ...now, ...some }))}
          error={wrong}
          busy={isFetching}
          onSubmit={submit}
        />
      </Card>
      <div className="flex min-w-0 flex-col gap-4" aria-live="polite" aria-busy={isFetching}>
        {wrong !== null && faultAt(wrong, ...FIELDS) === undefined && <Failed error={wrong} />}
        {data !== undefined && error === null ? (
          <div className={isPlaceholderData ? "opacity-60" : undefined}>
            <Plan preview={data} />
          </div>
        ) : isFetching ? (
          <Card>
            <div className="flex flex-col gap-4">
              <Skeleton className="h-10" />
              <Skeleton className="h-16" />
              <Skeleton className="h-16" />
            </div>
          </Card>
        ) : (
          wrong === null && (
            <Card>
              <Empty icon={Waypoints} title="What would happen to this request now?">
                Name a model: here stands which rules lead it where, who would be asked in which order, who would not
                and why, and what budgets and limits say. Nothing is sent.
              </Empty>
            </Card>
          )
        )}
      </div>
    </div>
  );
}
