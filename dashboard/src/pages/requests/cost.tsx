import type { ListedGeneration } from "../../../../src/admin/contract.ts";
import { Money } from "../../ui/money.tsx";

export interface CostProps {
  one: Pick<ListedGeneration, "market_cost" | "unpriced">;
  className?: string;
}

/** What a request cost, by whomever it is paid: nobody is told that it was free where nobody knows its price. */
export function Cost({ one: { market_cost: cost, unpriced }, className }: CostProps) {
  if (unpriced !== true) return <Money value={cost} className={className} />;
  return (
    <span title="Nobody knows its price" className={className}>
      –
    </span>
  );
}
