import { ChevronDown, ChevronUp } from "lucide-react";
import type { ListedRule, MovedRule } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { cn } from "../../ui/class-names.ts";
import { toastError } from "../../ui/toast.tsx";
import { TOUCHED } from "./directions.ts";
import { type Step, targetOf } from "./rule-steps.ts";

/** Moves rules among those that were made here. */
export function useMoves(rules: readonly ListedRule[]) {
  const change = useChange(
    ({ id, before }: { id: string } & MovedRule) =>
      ask<ListedRule>(`/routing-rules/${encodeURIComponent(id)}/move`, { method: "POST", body: { before } }),
    TOUCHED,
    ({ id }) => `The rule ${id} is moved.`,
  );
  return (rule: ListedRule, step: Step) => {
    const target = targetOf(rules, rule, step);
    if (target !== undefined) change.mutate({ id: rule.id, ...target }, { onError: toastError });
  };
}

/** Up and down, of one rule; nothing for one that stands in the configuration. */
export function MoveButtons({
  rule,
  rules,
  disabled,
  title,
  onMove,
}: {
  rule: ListedRule;
  rules: readonly ListedRule[];
  disabled: boolean;
  /** Why it may not be. */
  title: string | undefined;
  onMove: (rule: ListedRule, step: Step) => void;
}) {
  if (rule.read_only) return null;
  return (
    <span className="inline-flex gap-1.5" title={title}>
      {([-1, 1] as const).map((step) => {
        const isAtEnd = targetOf(rules, rule, step) === undefined;
        return (
          <Button
            key={step}
            size="tiny"
            look="quiet"
            disabled={disabled}
            // Who has moved it as far as it goes stays where they are.
            aria-disabled={isAtEnd || undefined}
            aria-label={`Move the rule ${rule.id} ${step < 0 ? "up" : "down"}`}
            title={title ?? (step < 0 ? "Up (Alt ↑)" : "Down (Alt ↓)")}
            className={cn(isAtEnd && "opacity-40")}
            onClick={() => onMove(rule, step)}
          >
            {step < 0 ? <ChevronUp aria-hidden /> : <ChevronDown aria-hidden />}
          </Button>
        );
      })}
    </span>
  );
}
