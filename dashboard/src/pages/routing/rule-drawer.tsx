import { useState } from "react";
import type { ListedRule } from "../../../../src/admin/contract.ts";
import { Toggle } from "../../ui/budget-fields.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select } from "../../ui/field.tsx";
import { DirectionDrawer } from "./direction-drawer.tsx";
import { ModelInput } from "./model-input.tsx";
import { type RuleForm, ruleForm, toldRule } from "./rule-form.ts";

const FIELDS = ["id", "type", "model", "to", "reason", "description"];
const EXAMPLE = { type: "rewrite", model: "openai/gpt-5-mini", to: "openai/gpt-5" };

/** One rule in full. */
export function RuleDrawer({ rule, onClose }: { rule?: ListedRule; onClose: () => void }) {
  const [form, setForm] = useState(() => ruleForm(rule));
  const put = (some: Partial<RuleForm>) => setForm((now) => ({ ...now, ...some }));
  return (
    <DirectionDrawer
      path="/routing-rules"
      what="rule"
      one={rule}
      hint="Rules are looked at in the order in which they are listed, those of the configuration first."
      before={() => toldRule(ruleForm(rule))}
      told={() => toldRule(form)}
      fields={FIELDS}
      example={EXAMPLE}
      onClose={onClose}
    >
      {(error, disabled) => (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Does" error={faultAt(error, "type")}>
              {(ids) => (
                <Select
                  {...ids}
                  className="w-full"
                  disabled={disabled}
                  value={form.type}
                  onChange={({ target }) => put({ type: target.value as RuleForm["type"] })}
                >
                  <option value="rewrite">Ask for another model instead</option>
                  <option value="deny">Refuse it, with a 403</option>
                </Select>
              )}
            </Field>
            {rule === undefined && (
              <Field label="Name" optional hint="Clients that it denies are told." error={faultAt(error, "id")}>
                {(ids) => (
                  <Input
                    {...ids}
                    maxLength={64}
                    placeholder="no-previews"
                    value={form.id}
                    disabled={disabled}
                    onChange={({ target }) => put({ id: target.value })}
                  />
                )}
              </Field>
            )}
          </div>
          <Field label="For the model" hint="creator/name, or how names begin and a *." error={faultAt(error, "model")}>
            {(ids) => (
              <ModelInput
                {...ids}
                data-first={form.model === "" || undefined}
                placeholder="openai/gpt-4o*"
                disabled={disabled}
                value={form.model}
                onChange={(model) => put({ model })}
              />
            )}
          </Field>
          {form.type === "rewrite" ? (
            <Field label="Ask for" hint="A model or a virtual model." error={faultAt(error, "to")}>
              {(ids) => (
                <ModelInput
                  {...ids}
                  placeholder="openai/gpt-5"
                  disabled={disabled}
                  value={form.to}
                  onChange={(to) => put({ to })}
                />
              )}
            </Field>
          ) : (
            <Field label="Reason" optional hint="Told to clients that are denied." error={faultAt(error, "reason")}>
              {(ids) => (
                <Input
                  {...ids}
                  maxLength={300}
                  placeholder="Ask for openai/gpt-5."
                  disabled={disabled}
                  value={form.reason}
                  onChange={({ target }) => put({ reason: target.value })}
                />
              )}
            </Field>
          )}
          <Field label="Description" optional hint="For people." error={faultAt(error, "description")}>
            {(ids) => (
              <Input
                {...ids}
                disabled={disabled}
                value={form.description}
                onChange={({ target }) => put({ description: target.value })}
              />
            )}
          </Field>
          <Toggle
            label="It holds"
            checked={form.enabled}
            disabled={disabled}
            onChange={(enabled) => put({ enabled })}
          />
        </>
      )}
    </DirectionDrawer>
  );
}
