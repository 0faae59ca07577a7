import type { ListedBudget } from "../../../src/admin/contract.ts";
import { type BudgetForm, PERIOD_TITLES } from "./budget-words.ts";
import { faultAt } from "./faults.ts";
import { Field, Input, Select, Switch } from "./field.tsx";
import { ListInput } from "./list-input.tsx";

/** What a budget is, to be filled in. @param at path of the object, where it is a part of another */
export function BudgetFields({
  form,
  onChange,
  error,
  at = "",
  disabled = false,
  periodStays = false,
}: {
  form: BudgetForm;
  onChange: (form: BudgetForm) => void;
  error: unknown;
  at?: string;
  disabled?: boolean;
  /** Another period is another budget. */
  periodStays?: boolean;
}) {
  const put = (some: Partial<BudgetForm>) => onChange({ ...form, ...some });
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Limit in dollars" error={faultAt(error, `${at}limit_usd`)}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="decimal"
              placeholder="20"
              value={form.limit}
              disabled={disabled}
              onChange={({ target }) => put({ limit: target.value })}
              className="tabular"
            />
          )}
        </Field>
        <Field
          label="Period"
          hint={periodStays ? "It stays: for another, make another budget." : "By UTC."}
          error={faultAt(error, `${at}period`)}
        >
          {(ids) => (
            <Select
              {...ids}
              className="w-full"
              disabled={disabled || periodStays}
              value={form.period}
              onChange={({ target }) => put({ period: target.value as ListedBudget["period"] })}
            >
              {Object.entries(PERIOD_TITLES).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Toggle
        label="Only count, refuse nobody"
        hint="A soft budget tells of what is spent; a hard one lets no request through that it cannot pay for."
        checked={form.soft}
        disabled={disabled}
        onChange={(soft) => put({ soft })}
      />
      <Toggle
        label="Count clients' own accounts as well"
        hint="What clients spend with credentials that they bring themselves."
        checked={form.includesByok}
        disabled={disabled}
        onChange={(includesByok) => put({ includesByok })}
      />
      <Field
        label="Alert at"
        hint="Percent of the limit; each is told once in a period."
        error={faultAt(error, `${at}thresholds`)}
      >
        {(ids) => (
          <ListInput
            {...ids}
            what="threshold"
            values={form.thresholds}
            disabled={disabled}
            placeholder="75, 100"
            onChange={(thresholds) => put({ thresholds })}
          />
        )}
      </Field>
    </div>
  );
}

/** Something that is so or not, with what that means. */
export function Toggle({
  label,
  hint,
  checked,
  onChange,
  disabled = false,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <div className="flex items-start gap-3">
      <Switch label={label} checked={checked} onChange={onChange} disabled={disabled} />
      <div className="min-w-0">
        <p className="text-[13px] font-medium">{label}</p>
        {hint !== undefined && <p className="text-[13px] text-muted">{hint}</p>}
      </div>
    </div>
  );
}
