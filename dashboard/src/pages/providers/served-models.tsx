import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Search } from "lucide-react";
import type {
  ListedVirtualModel,
  ProviderCredential,
  ServedModels as Served,
  ToldVirtualModel,
} from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useMayChange, useSession } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Failed } from "../../ui/state.tsx";
import { toastError } from "../../ui/toast.tsx";
import { offerOf, ownModels } from "./own-models.ts";

const TOUCHED = ["virtual-models", "models", "preview"] as const;

/** What a server of the operator's own has, which no catalogue knows; and by which name each of it can be asked for. */
export function ServedModels({ one, path }: { one: ProviderCredential & { base_url: string }; path: string }) {
  const { may, why } = useMayChange();
  const { role } = useSession();
  const { provider, base_url: url } = one;
  const look = useMutation({ mutationFn: () => ask<Served>(`${path}/models`, { method: "POST" }) });
  const { data: virtual } = useQuery({
    queryKey: ["virtual-models"],
    queryFn: ({ signal }) => ask<{ data: readonly ListedVirtualModel[] }>("/virtual-models", { signal }),
    enabled: look.data !== undefined,
  });
  const offer = useChange(
    async (told: readonly ToldVirtualModel[]) => {
      for (const body of told) await ask<ListedVirtualModel>("/virtual-models", { method: "POST", body });
      return told;
    },
    TOUCHED,
    (told) => (told.length === 1 ? `${told[0]!.id} can be asked for.` : `${told.length} models can be asked for.`),
  );
  const models =
    look.data === undefined || virtual === undefined
      ? undefined
      : ownModels(
          provider,
          url,
          look.data.data.map(({ id }) => id),
          virtual.data,
        );
  const left = models?.filter(({ isOffered }) => !isOffered) ?? [];
  const put = (some: typeof left) =>
    offer.mutate(
      some.map((model) => offerOf(model, url)),
      { onError: toastError },
    );
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          busy={look.isPending}
          disabled={role === "viewer"}
          title={role === "viewer" ? why : "Asks the server what it lists at /models"}
          onClick={() => look.mutate()}
        >
          <Search /> Look for its models
        </Button>
        {left.length > 1 && (
          <Button size="small" disabled={!may} title={why} busy={offer.isPending} onClick={() => put(left)}>
            <Plus /> Offer all {left.length}
          </Button>
        )}
      </div>
      <div aria-live="polite" className="empty:hidden">
        {look.error !== null && !look.isPending && <Failed error={look.error} />}
        {models?.length === 0 && <p className="text-[13px] text-muted">It lists no model: load one there first.</p>}
        {models !== undefined && models.length > 0 && (
          <ul aria-label="Models of this server" className="divide-y divide-line rounded-md border border-line">
            {models.map((model) => (
              <li key={model.upstream} className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1">
                <span className="min-w-0 break-all font-mono text-[12.5px]">{model.upstream}</span>
                <span className="ml-auto flex items-center gap-2 text-[13px]">
                  {model.isOffered ? (
                    <>
                      <span className="text-muted">
                        asked for as <span className="font-mono text-[12.5px] text-ink">{model.id}</span>
                      </span>
                      <Link to="/playground" search={{ model: model.id } as never} className="text-accent underline">
                        Try it
                      </Link>
                    </>
                  ) : (
                    <Button
                      size="small"
                      disabled={!may || offer.isPending}
                      title={why ?? `It can be asked for as ${model.id} then`}
                      aria-label={`Offer ${model.upstream} as ${model.id}`}
                      onClick={() => put([model])}
                    >
                      <Plus /> Offer
                    </Button>
                  )}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
