import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ShownGeneration } from "../../../../../src/admin/contract.ts";
import { count, duration, speed } from "../../../ui/format.ts";
import { StatusWord } from "../../../ui/status.tsx";
import { Time } from "../../../ui/time.tsx";
import { Cost } from "../cost.tsx";

/** What matters of a request, at a glance. */
export function Headline({ one }: { one: ShownGeneration }) {
  const { native_tokens_cached: cached, native_tokens_reasoning: reasoning, streamed, latency } = one;
  const rate = speedOf(one);
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line shadow-low sm:grid-cols-4">
      <Figure label="Status" beneath={<Time at={one.created_at} ago />}>
        <StatusWord one={one} />
      </Figure>
      <Figure label="Model" beneath={one.provider_name ?? "Nobody was asked"}>
        <Link
          to="/models/$"
          params={{ _splat: one.model }}
          className="block truncate rounded-sm hover:underline"
          title={one.model}
        >
          {one.model}
        </Link>
      </Figure>
      <Figure label="Cost" beneath={beneathCost(one)}>
        <Cost one={one} />
      </Figure>
      <Figure label="Key" beneath={one.user ?? "No end user"}>
        <span className="block truncate" title={one.api_key_id}>
          {one.api_key_name ?? one.api_key_id}
        </span>
      </Figure>
      <Figure label="Duration" beneath={one.streamed ? "Streamed" : "In one piece"}>
        <span className="tabular">{duration(one.generation_time)}</span>
      </Figure>
      <Figure label="Time to first token" beneath={rate === undefined ? " " : speed(rate)}>
        <span className="tabular">{streamed && latency > 0 ? duration(latency) : "–"}</span>
      </Figure>
      <Figure label="Input tokens" beneath={cached > 0 ? `${count(cached)} cached` : "None cached"}>
        <span className="tabular">{count(one.tokens_prompt)}</span>
      </Figure>
      <Figure label="Output tokens" beneath={reasoning > 0 ? `${count(reasoning)} reasoning` : "No reasoning"}>
        <span className="tabular">{count(one.tokens_completion)}</span>
      </Figure>
    </dl>
  );
}

function beneathCost({ unpriced, is_byok: byok, estimated }: ShownGeneration): string {
  if (unpriced === true) return "Nobody knows its price";
  return byok ? "On the client's own account" : estimated ? "Estimated" : " ";
}

/** Output tokens a second behind the first content, where there was time enough to tell. */
function speedOf({ streamed, latency, generation_time: took, tokens_completion: output }: ShownGeneration) {
  const ms = took - latency;
  return streamed && latency > 0 && output > 1 && ms >= 50 ? (output * 1000) / ms : undefined;
}

function Figure({ label, beneath, children }: { label: string; beneath: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3">
      <dt className="truncate text-[13px] text-muted">{label}</dt>
      <dd className="min-w-0">
        <div className="truncate text-base font-semibold">{children}</div>
        <div className="h-5 truncate text-[13px] text-muted">{beneath}</div>
      </dd>
    </div>
  );
}
