import { useQuery } from "@tanstack/react-query";
import { Blocks } from "lucide-react";
import { useMemo } from "react";
import { healthQuery, providersQuery } from "../../api/queries.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { ProviderDrawer } from "./provider-drawer.tsx";
import { ProviderTable } from "./provider-table.tsx";
import { found, standings } from "./standing.ts";

/** Who could answer, by which credentials, and how they do. */
export default function ProvidersPage() {
  const { data, error, refetch } = useQuery(providersQuery);
  const { data: health, isPending: isHealthPending } = useQuery(healthQuery);
  const { one, change } = useSearchMembers();
  const all = useMemo(() => standings(data?.data ?? [], health?.data ?? []), [data, health]);
  const q = one("q");
  const shown = found(all, q ?? "");
  const opened = all.find(({ provider }) => provider.name === one("provider"));
  const open = (name: string) => change({ provider: name });
  // In their order from the beginning: it goes by how they do.
  const isThere = data !== undefined && !isHealthPending;
  const used = shown.filter(({ isUsed }) => isUsed);
  const others = shown.filter(({ isUsed }) => !isUsed);
  return (
    <Page
      title="Providers"
      hint="Who could answer, by which credentials, and how they do."
      actions={
        <SearchInput
          value={q}
          onChange={(text) => change({ q: text })}
          label="Search providers"
          placeholder="Search providers"
        />
      }
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {!isThere && error === null && (
        <Card flush title="Providers">
          <SkeletonRows rows={12} height={44} />
        </Card>
      )}
      {isThere && shown.length === 0 && (
        <Card>
          <Empty
            icon={Blocks}
            title="No provider is called so"
            action={<Button onClick={() => change({ q: undefined })}>Show all</Button>}
          >
            One of your own is added in the configuration, under <code className="font-mono">providers</code>.
          </Empty>
        </Card>
      )}
      {isThere && shown.length > 0 && (q === undefined || used.length > 0) && (
        <Card
          flush
          title="In use"
          hint={used.length === 0 ? undefined : used.length}
          actions={
            health?.simulated === true ? (
              <Badge title="No provider has a credential, or it was asked for: the built-in simulator answers in their place.">
                Simulated
              </Badge>
            ) : undefined
          }
        >
          {used.length === 0 ? (
            <Empty icon={Blocks} title="No provider has a credential">
              Open one below and add a credential: it is asked from the next request on. Until then the simulator
              answers, where it may.
            </Empty>
          ) : (
            <ProviderTable label="Providers in use" rows={used} onOpen={open} />
          )}
        </Card>
      )}
      {isThere && others.length > 0 && (
        <Card flush title="Without a credential" hint={others.length}>
          <ProviderTable label="Providers without a credential" rows={others} onOpen={open} isUnused />
        </Card>
      )}
      {isThere && opened !== undefined && (
        <ProviderDrawer
          standing={opened}
          ways={(health?.data ?? []).filter(({ provider }) => provider === opened.provider.name)}
          isSimulated={health?.simulated === true}
          onClose={() => change({ provider: undefined })}
        />
      )}
    </Page>
  );
}
