import { Link } from "@tanstack/react-router";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { Badge } from "../../ui/badge.tsx";
import { cn } from "../../ui/class-names.ts";
import { duration } from "../../ui/format.ts";
import { AbilityIcons } from "./abilities.tsx";
import { dollars, fastest, priceSpan, spanText, tokens, unitName, unitPrice } from "./prices.ts";

/** Pixels. */
export const ROW = { wide: 52, phone: 84 } as const;
/** Where its parts stand, in the head as well. */
export const COLUMNS = "grid grid-cols-[minmax(14rem,1fr)_9rem_6rem_8.5rem_8.5rem_7rem] items-center gap-x-4 px-4";

export const HEAD = ["Model", "Can", "Context", "Input / 1M", "Output / 1M", "1st token"] as const;

/** One model of the list. */
export function ModelRow({ model, isPhone }: { model: ListedModel; isPhone: boolean }) {
  const { id, name, endpoints, abilities, context_window, is_served } = model;
  const [input, output, unit] = [priceSpan(endpoints, "input"), priceSpan(endpoints, "output"), unitPrice(endpoints)];
  const first = fastest(model);
  const costs = unit === undefined ? undefined : `${dollars(unit.usd)} / ${unitName(unit.unit)}`;
  const named = (
    <span className="flex min-w-0 flex-col">
      <span className="flex min-w-0 items-center gap-2">
        <span className={cn("truncate font-medium", !is_served && "text-muted")}>{id}</span>
        <Marks model={model} />
      </span>
      <span className="truncate text-[13px] text-muted">
        {name} · {endpoints.length === 1 ? endpoints[0]!.provider : `${endpoints.length} providers`}
      </span>
    </span>
  );
  if (isPhone)
    return (
      <Link
        to="/models/$"
        params={{ _splat: id }}
        className="flex h-full flex-col justify-center gap-1 px-4 hover:bg-hover"
      >
        {named}
        <span className="tabular flex items-center gap-3 text-[13px] text-muted">
          <AbilityIcons abilities={abilities} />
          <span className="ml-auto truncate">
            {costs ?? (input === undefined ? "No price told" : `${spanText(input)} in`)}
            {output !== undefined && ` · ${spanText(output)} out`}
          </span>
        </span>
      </Link>
    );
  return (
    <Link
      to="/models/$"
      params={{ _splat: id }}
      className={cn(COLUMNS, "h-full hover:bg-hover focus-visible:-outline-offset-2")}
    >
      {named}
      <AbilityIcons abilities={abilities} />
      <span className="tabular text-right">{context_window === null ? "–" : tokens(context_window)}</span>
      {costs === undefined ? (
        <>
          <span className="tabular text-right">{input === undefined ? "–" : spanText(input)}</span>
          <span className="tabular text-right">{output === undefined ? "–" : spanText(output)}</span>
        </>
      ) : (
        <span className="tabular col-span-2 text-right">{costs}</span>
      )}
      <span className="tabular text-right text-muted">{first === undefined ? "–" : duration(first)}</span>
    </Link>
  );
}

/** What is out of the ordinary with it. */
export function Marks({ model: { kind, is_deprecated, is_served, denied_by, led_to } }: { model: ListedModel }) {
  return (
    <>
      {kind === "virtual" && <Badge tone="accent">virtual</Badge>}
      {kind === "configuration" && <Badge tone="accent">own</Badge>}
      {led_to !== null && <Badge title={`A rule leads it to ${led_to}`}>→ {led_to}</Badge>}
      {denied_by !== null && (
        <Badge tone="bad" title={`By rule ${denied_by}`}>
          denied
        </Badge>
      )}
      {is_deprecated && <Badge tone="warn">deprecated</Badge>}
      {!is_served && denied_by === null && <Badge>not served</Badge>}
    </>
  );
}
