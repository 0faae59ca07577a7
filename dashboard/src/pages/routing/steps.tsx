import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ListedEndpoint, PreviewStep } from "../../../../src/admin/contract.ts";
import { modelsQuery } from "../../api/queries.ts";
import { Badge } from "../../ui/badge.tsx";
import { duration, usd } from "../../ui/format.ts";

/** Who would be asked, one under the other. */
export function Steps({ steps }: { steps: readonly PreviewStep[] }) {
  const { data } = useQuery(modelsQuery);
  const known = (step: PreviewStep) =>
    data?.data.find(({ id }) => id === step.model)?.endpoints.find(({ id }) => id === step.endpoint);
  return (
    <ol aria-label="Who would be asked" className="divide-y divide-line">
      {steps.map((step, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order is what it tells
        <Step key={i} place={i + 1} step={step} endpoint={known(step)} />
      ))}
    </ol>
  );
}

function Step({ place, step, endpoint }: { place: number; step: PreviewStep; endpoint: ListedEndpoint | undefined }) {
  const { provider, model, upstream_model: upstream, credential, wire, mode, left_alone: leftAlone, cost } = step;
  return (
    <li className="grid grid-cols-[1.75rem_minmax(0,1fr)] gap-x-3 px-4 py-3 sm:grid-cols-[1.75rem_minmax(0,1fr)_auto]">
      <span
        aria-hidden
        className="tabular grid size-6 place-items-center rounded-full bg-hover text-[13px] font-medium text-muted"
      >
        {place}
      </span>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium">{provider}</span>
          {credential !== null && <span className="text-muted">by {credential}</span>}
          <Link
            to="/models/$"
            params={{ _splat: model }}
            className="font-mono text-[13px] text-muted hover:text-accent hover:underline"
          >
            {model}
          </Link>
          {leftAlone !== null && (
            <Badge tone="warn" title="It fails just now, and is only asked once everybody else has failed.">
              left alone: {leftAlone}
            </Badge>
          )}
        </p>
        <p className="text-[13px] text-muted">
          {[
            upstream === model ? undefined : `called ${upstream} there`,
            mode === "relay" ? `${wire}, bytes passed on` : `said in ${wire}`,
            endpoint === undefined ? undefined : healthOf(endpoint),
          ]
            .filter((one) => one !== undefined)
            .join(" · ")}
        </p>
      </div>
      <p className="tabular text-[13px] max-sm:col-start-2 sm:text-right">
        {cost === null ? (
          <span className="text-warn">price unknown</span>
        ) : (
          <>
            <span className="font-medium">
              {usd(cost.least)} to {cost.most === null ? "?" : usd(cost.most)}
            </span>
            <span className="block text-muted">{endpoint === undefined ? "" : priceOf(endpoint)}</span>
          </>
        )}
      </p>
    </li>
  );
}

function healthOf({ uptime_last_1d: uptime, latency_last_1h: latency }: ListedEndpoint): string {
  const up = `uptime ${Number(uptime.toFixed(2))} %`;
  return latency === null ? up : `${up}, first token after ${duration(latency.p50)}`;
}

function priceOf({ price }: ListedEndpoint): string {
  const { input, output } = price?.per_million_tokens ?? {};
  return input === undefined || output === undefined ? "" : `${usd(input)} in, ${usd(output)} out a million`;
}
