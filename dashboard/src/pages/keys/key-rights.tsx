import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ListedProvider } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { modelsQuery } from "../../api/queries.ts";
import { Toggle } from "../../ui/budget-fields.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Select } from "../../ui/field.tsx";
import { ListInput } from "../../ui/list-input.tsx";
import { Section } from "../../ui/section.tsx";
import type { FieldsProps } from "./key-fields.tsx";
import type { KeyForm } from "./key-form.ts";
import { someInWords } from "./key-words.ts";

/** What it may ask for, and who may be asked. */
export function KeyRights({ form, put, error, disabled }: FieldsProps) {
  const { data: models } = useQuery(modelsQuery);
  const { data: providers } = useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) => ask<{ data: readonly ListedProvider[] }>("/providers", { signal }),
    staleTime: 60_000,
  });
  const names = useMemo(() => {
    const ids = (models?.data ?? []).map(({ id }) => id);
    const makers = [...new Set(ids.map((id) => `${id.slice(0, id.indexOf("/"))}/*`))].sort();
    return [...makers, ...ids].map((value) => ({ value }));
  }, [models]);
  const promises = [
    form.zero_data_retention && "zero data retention",
    form.no_training && "no training",
    form.hipaa && "HIPAA",
  ].filter((one) => one !== false);
  return (
    <>
      <Section
        title="Models and providers"
        open={faultAt(error, "models", "providers") !== undefined}
        set={someInWords([...form.models, ...form.providers])}
      >
        <Field
          label="Only these models"
          hint="creator/name, a virtual model, or creator/* for all of one. Empty: every model."
          error={faultAt(error, "models")}
        >
          {(ids) => (
            <ListInput
              {...ids}
              what="model"
              values={form.models}
              suggestions={names}
              disabled={disabled}
              placeholder="openai/*"
              onChange={(changed) => put({ models: changed })}
            />
          )}
        </Field>
        <Field
          label="Only these providers"
          hint="Nobody else is asked, whatever a request says. Empty: whoever there is."
          error={faultAt(error, "providers")}
        >
          {(ids) => (
            <ListInput
              {...ids}
              what="provider"
              values={form.providers}
              suggestions={(providers?.data ?? []).map(({ name, title }) => ({ value: name, label: title }))}
              disabled={disabled}
              placeholder="anthropic"
              onChange={(changed) => put({ providers: changed })}
            />
          )}
        </Field>
        <Field label="Hedging of streams" error={faultAt(error, "hedge")}>
          {(ids) => (
            <Select
              {...ids}
              disabled={disabled}
              value={form.hedge}
              onChange={({ target }) => put({ hedge: target.value as KeyForm["hedge"] })}
            >
              <option value="asked">As each request says</option>
              <option value="usually">Unless a request says otherwise</option>
              <option value="never">Never</option>
            </Select>
          )}
        </Field>
      </Section>
      <Section title="Promises about data" set={promises.length === 0 ? undefined : promises.join(", ")}>
        <Toggle
          label="Zero data retention"
          hint="Nobody is asked who keeps anything."
          checked={form.zero_data_retention}
          disabled={disabled}
          onChange={(on) => put({ zero_data_retention: on })}
        />
        <Toggle
          label="No training"
          hint="Nobody is asked who may train on it."
          checked={form.no_training}
          disabled={disabled}
          onChange={(on) => put({ no_training: on })}
        />
        <Toggle
          label="HIPAA"
          hint="Nobody is asked with whom there is no agreement under HIPAA."
          checked={form.hipaa}
          disabled={disabled}
          onChange={(on) => put({ hipaa: on })}
        />
      </Section>
    </>
  );
}
