import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Circle, CircleCheck } from "lucide-react";
import type { BudgetPage, KeyPage, ListedProvider, SessionList } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { Card } from "../../ui/card.tsx";
import { cn } from "../../ui/class-names.ts";

interface Step {
  readonly to: string;
  readonly search?: Readonly<Record<string, string>>;
  readonly title: string;
  readonly why: string;
  /** `undefined` while that is not known. */
  readonly isDone: boolean | undefined;
}

const some =
  (path: string) =>
  ({ signal }: { signal: AbortSignal }) =>
    ask<{ data: readonly unknown[] }>(path, { signal });

/** What most do next, and whether it is done. */
export function NextSteps() {
  const { data: providers } = useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) => ask<{ data: readonly ListedProvider[] }>("/providers", { signal }),
  });
  const { data: keys } = useQuery({
    queryKey: ["keys", "some"],
    queryFn: ({ signal }) => ask<KeyPage>("/keys?limit=2", { signal }),
  });
  const { data: budgets } = useQuery({
    queryKey: ["budgets", "some"],
    queryFn: ({ signal }) => ask<BudgetPage>("/budgets?limit=1", { signal }),
  });
  const { data: rules } = useQuery({ queryKey: ["routing-rules", "some"], queryFn: some("/routing-rules") });
  const { data: own } = useQuery({ queryKey: ["virtual-models", "some"], queryFn: some("/virtual-models") });
  const { data: sessions } = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => ask<SessionList>("/sessions", { signal }),
  });
  const steps: readonly Step[] = [
    {
      to: "/providers",
      title: "Give a provider its credential",
      why: "Until then the simulator answers, and says so.",
      isDone: providers?.data.some(({ credentials }) => credentials.length > 0),
    },
    {
      to: "/keys",
      title: "A key for each client",
      why: "Their spend is told apart, and each can be shut alone.",
      isDone: keys === undefined ? undefined : keys.data.length > 1,
    },
    {
      to: "/budgets",
      title: "Set a budget",
      why: "Cost is reserved before a provider is asked: a limit holds to the cent.",
      isDone: budgets === undefined ? undefined : budgets.data.length > 0,
    },
    {
      to: "/routing",
      title: "Lead models elsewhere",
      why: "Rules and virtual models, with a preview.",
      isDone: (rules?.data.length ?? 0) + (own?.data.length ?? 0) > 0,
    },
    {
      to: "/settings",
      search: { tab: "access" },
      title: "Let others look",
      why: "A link signs a viewer in once.",
      isDone: (sessions?.data.length ?? 0) > 1,
    },
  ];
  return (
    <Card title="Then" flush className="self-start">
      <ul className="divide-y divide-line">
        {steps.map(({ to, search, title, why, isDone }) => (
          <li key={to}>
            <Link to={to} search={(search ?? {}) as never} className="flex gap-3 px-4 py-3 hover:bg-hover">
              {isDone === true ? (
                <CircleCheck aria-label="Done" className="mt-0.5 size-4 shrink-0 text-good" />
              ) : (
                <Circle aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
              )}
              <span className="min-w-0">
                <span className={cn("block font-medium", isDone === true && "text-muted")}>{title}</span>
                <span className="block text-[13px] text-muted">{why}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
