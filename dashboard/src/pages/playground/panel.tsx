import type { ListedModel } from "../../../../src/admin/contract.ts";
import { Field, Input, Select, Switch, TextArea } from "../../ui/field.tsx";
import { Section } from "../../ui/section.tsx";
import { BreakIt } from "./break-it.tsx";
import { RoutingOptions } from "./routing-options.tsx";
import { EFFORTS, type Setup } from "./setup.ts";

/** What is asked of all models alike. */
export function Panel({
  setup,
  system,
  onSystem,
  onChange,
  models,
  isSimulated,
}: {
  setup: Setup;
  system: string;
  onSystem: (system: string) => void;
  onChange: (some: Partial<Setup>) => void;
  models: readonly ListedModel[];
  isSimulated: boolean;
}) {
  const chosen = models.filter(({ id }) => setup.models.includes(id));
  const providers = [
    ...new Set(chosen.flatMap(({ endpoints }) => endpoints.filter((one) => one.is_served).map((one) => one.provider))),
  ];
  const { faults, options } = setup;
  const routed = Object.keys(options).length;
  return (
    <aside
      aria-label="Options"
      className="rounded-lg border border-line bg-surface px-4 py-1 shadow-low lg:min-h-0 lg:overflow-y-auto"
    >
      <Section title="Instructions" open set={system.trim() === "" ? undefined : "set"}>
        <Field label="System message" optional>
          {(ids) => (
            <TextArea
              {...ids}
              rows={4}
              value={system}
              placeholder="You are …"
              onChange={({ target }) => onSystem(target.value)}
            />
          )}
        </Field>
      </Section>
      <Section title="Parameters" open set={parametersIn(setup)}>
        <div className="grid grid-cols-2 gap-3">
          <Field label="Max tokens">
            {(ids) => (
              <Input
                {...ids}
                inputMode="numeric"
                placeholder="as usual"
                value={setup.maxTokens}
                onChange={({ target }) => onChange({ maxTokens: target.value.trim() })}
                className="tabular"
              />
            )}
          </Field>
          <Field label="Temperature">
            {(ids) => (
              <Input
                {...ids}
                inputMode="decimal"
                placeholder="as usual"
                value={setup.temperature}
                onChange={({ target }) => onChange({ temperature: target.value.trim() })}
                className="tabular"
              />
            )}
          </Field>
        </div>
        <Field label="Reasoning effort">
          {(ids) => (
            <Select
              {...ids}
              className="w-full"
              value={setup.effort}
              onChange={({ target }) => onChange({ effort: target.value })}
            >
              <option value="">As usual</option>
              {EFFORTS.map((effort) => (
                <option key={effort} value={effort}>
                  {effort}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="flex items-center gap-3">
          <Switch label="Stream" checked={setup.streams} onChange={(streams) => onChange({ streams })} />
          <span className="text-[13px]">Stream the answer</span>
        </div>
      </Section>
      <Section title="Routing" set={routed === 0 ? undefined : routed === 1 ? "1 option" : `${routed} options`}>
        <RoutingOptions
          options={options}
          onChange={(next) => onChange({ options: next })}
          providers={providers}
          models={models}
        />
      </Section>
      <Section
        title="Break it"
        open={faults.length > 0}
        set={faults.length === 0 ? undefined : `${faults.length} broken`}
      >
        <BreakIt
          faults={faults}
          onChange={(next) => onChange({ faults: next })}
          providers={providers}
          isSimulated={isSimulated}
        />
      </Section>
    </aside>
  );
}

function parametersIn({ maxTokens, temperature, effort, streams }: Setup): string | undefined {
  const set = [maxTokens, temperature, effort, streams ? "" : "whole"].filter((one) => one !== "").length;
  return set === 0 ? undefined : `${set} set`;
}
