import type { ReactNode } from "react";
import type { ShownPlan } from "../../../../../src/admin/contract.ts";

/** Who was not asked, and why not. */
export function PassedOver({ plan, spared, words }: { plan: ShownPlan; spared: readonly string[]; words: string }) {
  const { skipped, left_alone: alone } = plan;
  return (
    <div className="mt-4 flex flex-col gap-3 border-t border-line pt-3 text-[13px] empty:hidden">
      {spared.length > 0 && (
        <Group title="Not needed" isRow>
          {spared.map((endpoint, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: one may stand there twice
            <li key={i} className="break-all">
              {endpoint}
            </li>
          ))}
        </Group>
      )}
      {alone.length > 0 && (
        <Group title="Put last, as it had just failed">
          {alone.map(({ who, error }) => (
            <li key={who}>
              <span className="break-all">{who}</span> <span className="font-mono text-xs text-muted">{error}</span>
            </li>
          ))}
        </Group>
      )}
      {skipped.length > 0 && (
        <Group title="Passed over">
          {[...Map.groupBy(skipped, ({ reason }) => reason)].map(([reason, those]) => (
            <li key={reason} className="break-words">
              {those.map(({ who }) => who).join(", ")} <span className="text-muted">· {reason}</span>
            </li>
          ))}
        </Group>
      )}
      {words !== "" && (
        <details className="text-muted">
          <summary className="w-fit rounded-sm hover:text-ink">The plan in words</summary>
          <p className="mt-1 break-words">{words}</p>
        </details>
      )}
    </div>
  );
}

function Group({ title, isRow = false, children }: { title: string; isRow?: boolean; children: ReactNode }) {
  return (
    <div className="grid grid-cols-1 gap-x-4 gap-y-0.5 md:grid-cols-[200px_minmax(0,1fr)]">
      <h3 className="text-muted">{title}</h3>
      <ul className={isRow ? "flex flex-wrap gap-x-5 gap-y-0.5" : "flex flex-col gap-0.5"}>{children}</ul>
    </div>
  );
}
