import { type FormEvent, type ReactNode, useId, useState } from "react";
import type { ListedBudget } from "../../../src/admin/contract.ts";
import { ask } from "../api/client.ts";
import { useMayChange } from "../shell/session.tsx";
import { BudgetFields } from "./budget-fields.tsx";
import { budgetForm, NEW_BUDGET, type Scope, toldBudget } from "./budget-words.ts";
import { Button } from "./button.tsx";
import { useChange } from "./change.ts";
import { Dialog } from "./dialog.tsx";
import { faultAt } from "./faults.ts";
import { Failed } from "./state.tsx";

/** Members that have a field of their own to say what is wrong at. */
const FIELDS = ["limit_usd", "period", "thresholds", "scope_id"];

/** Makes a budget, or changes one. */
export function BudgetDialog({
  budget,
  owner,
  title,
  onClose,
  children,
}: {
  /** The one that is changed. */
  budget?: ListedBudget | undefined;
  /** Whose it is, of a new one. */
  owner?: { readonly scope: Scope; readonly scopeId: string };
  title: string;
  onClose: () => void;
  /** What is asked above. */
  children?: (error: unknown) => ReactNode;
}) {
  const { may, why } = useMayChange();
  const id = useId();
  const [form, setForm] = useState(budget === undefined ? NEW_BUDGET : budgetForm(budget));
  const save = useChange(
    async () => {
      const { period, ...told } = toldBudget(form);
      if (budget !== undefined)
        return ask<ListedBudget>(`/budgets/${encodeURIComponent(budget.id)}`, { method: "PATCH", body: told });
      const { scope = "gateway", scopeId } = owner ?? {};
      const whose = scope === "gateway" ? { scope } : { scope, scope_id: scopeId };
      return ask<ListedBudget>("/budgets", { method: "POST", body: { ...whose, period, ...told } });
    },
    ["budgets", "keys"],
    budget === undefined ? "The budget is made. It holds from the next request on." : "The budget is changed.",
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={id} busy={save.isPending} disabled={!may} title={why}>
            {budget === undefined ? "Make the budget" : "Save"}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} className="flex flex-col gap-4">
        {children?.(save.error)}
        <BudgetFields
          form={form}
          onChange={setForm}
          error={save.error}
          disabled={!may}
          periodStays={budget !== undefined}
        />
        {save.error !== null && faultAt(save.error, ...FIELDS) === undefined && <Failed error={save.error} />}
      </form>
    </Dialog>
  );
}
