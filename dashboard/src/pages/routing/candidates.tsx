import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Toggle } from "../../ui/budget-fields.tsx";
import { Button } from "../../ui/button.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select } from "../../ui/field.tsx";
import { ModelInput } from "./model-input.tsx";
import type { CandidateForm, VirtualForm } from "./virtual-form.ts";

const MOST = 20;

/** Models of which one is asked, and by what it is chosen. */
export function Candidates({
  form,
  put,
  error,
  disabled,
}: {
  form: VirtualForm;
  put: (some: Partial<VirtualForm>) => void;
  error: unknown;
  disabled: boolean;
}) {
  const { candidates, selector } = form;
  const told = useId();
  const fault = faultAt(error, "candidates");
  const isWeighed = selector === "weight" || selector === "";
  const change = (at: number, some: Partial<CandidateForm>) =>
    put({ candidates: candidates.map((one, i) => (i === at ? { ...one, ...some } : one)) });
  return (
    <>
      <fieldset className="flex min-w-0 flex-col gap-2" aria-describedby={fault === undefined ? undefined : told}>
        <legend className="mb-1 text-[13px] font-medium">Models</legend>
        {candidates.map((one, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are known by their place
          <div key={i} className="flex items-center gap-2">
            <div className="min-w-0 flex-1">
              <ModelInput
                aria-label={`Model ${i + 1}`}
                aria-invalid={fault !== undefined || undefined}
                placeholder="openai/gpt-5"
                disabled={disabled}
                value={one.model}
                onChange={(model) => change(i, { model })}
              />
            </div>
            {isWeighed && (
              <Input
                aria-label={`Weight of model ${i + 1}`}
                inputMode="decimal"
                placeholder="weight"
                className="tabular w-20"
                disabled={disabled}
                value={one.weight}
                onChange={({ target }) => change(i, { weight: target.value })}
              />
            )}
            <Button
              look="quiet"
              size="tiny"
              aria-label={`Take model ${i + 1} away`}
              disabled={disabled || candidates.length === 1}
              onClick={() => put({ candidates: candidates.filter((_, at) => at !== i) })}
            >
              <X />
            </Button>
          </div>
        ))}
        {fault !== undefined && (
          <p id={told} className="text-[13px] text-bad">
            {fault}
          </p>
        )}
        <Button
          size="small"
          className="self-start"
          disabled={disabled || candidates.length >= MOST}
          onClick={() => put({ candidates: [...candidates, { model: "", weight: "" }] })}
        >
          <Plus aria-hidden /> Another model
        </Button>
      </fieldset>
      <Field
        label="One is chosen"
        hint="The others stand in for it, where it fails."
        error={faultAt(error, "selector")}
      >
        {(ids) => (
          <Select
            {...ids}
            className="w-full"
            disabled={disabled}
            value={selector}
            onChange={({ target }) => put({ selector: target.value as VirtualForm["selector"] })}
          >
            <option value="">By weight where any has one, or else as they are listed</option>
            <option value="priority">As they are listed</option>
            <option value="weight">By weight</option>
            <option value="cost">By the lowest price</option>
            <option value="ttft">By the shortest wait for the first token</option>
            <option value="tps">By the most tokens a second</option>
          </Select>
        )}
      </Field>
      {isWeighed && (
        <Toggle
          label="The same for the same end user"
          hint="When weights change, only as many move as must."
          checked={form.sticky}
          disabled={disabled}
          onChange={(sticky) => put({ sticky })}
        />
      )}
    </>
  );
}
