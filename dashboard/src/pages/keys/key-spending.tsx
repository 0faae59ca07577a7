import { BudgetFields, Toggle } from "../../ui/budget-fields.tsx";
import { NEW_BUDGET, PERIODS } from "../../ui/budget-words.ts";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select } from "../../ui/field.tsx";
import { Section } from "../../ui/section.tsx";
import type { FieldsProps } from "./key-fields.tsx";
import { LIMITS, type LimitForm } from "./key-form.ts";
import { LIMIT_WORDS } from "./key-words.ts";

/** How much it may spend and ask for. */
export function KeySpending({ form, put, error, disabled, several }: FieldsProps) {
  const { budget } = form;
  const set = LIMITS.filter((name) => form.limits[name].how !== "usual").length;
  return (
    <>
      {several !== true && (
        <Section
          title="Budget"
          open
          set={budget === null || budget.limit === "" ? undefined : `$${budget.limit} ${PERIODS[budget.period]}`}
        >
          <Toggle
            label="It has a budget of its own"
            hint="Money over time. A request that it does not pay for is not sent."
            checked={budget !== null}
            disabled={disabled}
            onChange={(on) => put({ budget: on ? NEW_BUDGET : null })}
          />
          {budget !== null && (
            <BudgetFields
              form={budget}
              onChange={(changed) => put({ budget: changed })}
              error={error}
              at="budget."
              disabled={disabled}
            />
          )}
        </Section>
      )}
      <Section
        title="Rate limits"
        open={faultAt(error, "limits") !== undefined}
        set={set === 0 ? undefined : `${set} of its own`}
      >
        {LIMITS.map((name) => (
          <Limit
            key={name}
            label={LIMIT_WORDS[name].label}
            limit={form.limits[name]}
            error={faultAt(error, `limits.${name}`)}
            disabled={disabled}
            onChange={(limit) => put({ limits: { ...form.limits, [name]: limit } })}
          />
        ))}
      </Section>
    </>
  );
}

function Limit({
  label,
  limit,
  error,
  disabled,
  onChange,
}: {
  label: string;
  limit: LimitForm;
  error: string | undefined;
  disabled: boolean;
  onChange: (limit: LimitForm) => void;
}) {
  return (
    <Field label={label} error={error}>
      {(ids) => (
        <div className="flex gap-2">
          <Select
            {...ids}
            className="w-48"
            disabled={disabled}
            value={limit.how}
            onChange={({ target: { value } }) =>
              onChange(value === "most" ? { how: "most", most: "" } : { how: value === "none" ? "none" : "usual" })
            }
          >
            <option value="usual">As for every key</option>
            <option value="none">Without a limit</option>
            <option value="most">At most…</option>
          </Select>
          {limit.how === "most" && (
            <Input
              aria-label={`${label}, at most`}
              aria-invalid={ids["aria-invalid"]}
              inputMode="numeric"
              className="tabular w-32"
              disabled={disabled}
              value={limit.most}
              onChange={({ target }) => onChange({ how: "most", most: target.value })}
            />
          )}
        </div>
      )}
    </Field>
  );
}
