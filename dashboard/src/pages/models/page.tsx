// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Boxes } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useRef } from "react";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { modelsQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { cn } from "../../ui/class-names.ts";
import { count } from "../../ui/format.ts";
import { useIsPhone } from "../../ui/media.ts";
import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { filtered, filtersOf, ORDERS, type Order, ordered } from "./filters.ts";
import { COLUMNS, HEAD, ModelRow, ROW } from "./row.tsx";

/** All that can be asked for: who serves it, what it can do, what it costs. */
export default function ModelsPage() {
  const { data, error, refetch } = useQuery(modelsQuery);
  const { members, one, change } = useSearchMembers();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what `one` reads
  const filters = useMemo(() => filtersOf(one), [members]);
  const wanted = one("sort") ?? "name";
  const order: Order = Object.hasOwn(ORDERS, wanted) ? (wanted as Order) : "name";
  const looked = useDeferredValue(filters);
  const shown = useMemo(() => ordered(filtered(data?.data ?? [], looked), order), [data, looked, order]);
  return (
    <Page
      title="Models"
      hint={
        data === undefined
          ? "\u00a0"
          : `${count(shown.length)} of ${count(data.data.length)}, by any of their providers.`
      }
    >
      <FilterBar models={data?.data ?? []} filters={filters} order={order} onChange={change} />
      <Card flush className="overflow-hidden">
        {error !== null ? (
          <Failed error={error} retry={() => void refetch()} className="m-4" />
        ) : data === undefined ? (
          <SkeletonRows rows={12} height={ROW.wide} />
        ) : shown.length === 0 ? (
          <Empty
            icon={Boxes}
            title="No model is like that"
            action={
              <Button onClick={() => change(Object.fromEntries(Object.keys(members).map((name) => [name, undefined])))}>
                Show all that are served
              </Button>
            }
          >
            {filters.served && "Only models that somebody serves are shown: a provider with a credential adds its own."}
          </Empty>
        ) : (
          <List models={shown} />
        )}
      </Card>
    </Page>
  );
}

/** Of thousands only those that are seen are drawn. */
function List({ models }: { models: readonly ListedModel[] }) {
  const place = useRef<HTMLDivElement>(null);
  const isPhone = useIsPhone();
  const height = isPhone ? ROW.phone : ROW.wide;
  const virtual = useVirtualizer({
    count: models.length,
    getScrollElement: () => place.current,
    estimateSize: () => height,
    getItemKey: (index) => models[index]!.id,
    overscan: 8,
    initialRect: { width: 1000, height: 800 },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height
  useEffect(() => virtual.measure(), [height]);
  return (
    <div
      ref={place}
      tabIndex={0}
      className="max-h-[calc(100dvh-12rem)] min-h-80 overflow-auto max-md:max-h-[calc(100dvh-9rem)]"
    >
      {!isPhone && (
        <div
          aria-hidden
          className={cn(
            COLUMNS,
            "sticky top-0 z-10 h-9 min-w-[64rem] border-b border-line bg-surface text-[13px] font-medium text-muted",
          )}
        >
          {HEAD.map((label, i) => (
            <span key={label} className={cn(i > 1 && "text-right")}>
              {label}
            </span>
          ))}
        </div>
      )}
      <ul
        aria-label="Models"
        className="relative min-w-[64rem] max-md:min-w-0"
        style={{ height: virtual.getTotalSize() }}
      >
        {virtual.getVirtualItems().map(({ index, key, start }) => (
          <li
            key={key}
            className="absolute inset-x-0 top-0 border-b border-line"
            style={{ height, transform: `translateY(${start}px)` }}
          >
            <ModelRow model={models[index]!} isPhone={isPhone} />
          </li>
        ))}
      </ul>
    </div>
  );
}
