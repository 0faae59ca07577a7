import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import type { ListedProvider } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { keysQuery } from "../../api/control.ts";
import { Toggle } from "../../ui/budget-fields.tsx";
import { Button } from "../../ui/button.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select, TextArea } from "../../ui/field.tsx";
import { ListInput } from "../../ui/list-input.tsx";
import { Section } from "../../ui/section.tsx";
import { ModelInput } from "./model-input.tsx";
import type { PreviewForm } from "./preview-asked.ts";

/** The request that is looked at. */
export function PreviewFields({
  form,
  put,
  error,
  busy,
  onSubmit,
}: {
  form: PreviewForm;
  put: (some: Partial<PreviewForm>) => void;
  error: unknown;
  busy: boolean;
  onSubmit: () => void;
}) {
  const { data: keys } = useQuery(keysQuery);
  const { data: providers } = useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) => ask<{ data: readonly ListedProvider[] }>("/providers", { signal }),
    staleTime: 60_000,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  const options = [form.sort !== "" && "sorted", form.only.length > 0 && "only", form.zdr && "zero data retention"];
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label="Model" error={faultAt(error, "model")}>
        {(ids) => (
          <ModelInput
            {...ids}
            data-search
            placeholder="openai/gpt-5"
            value={form.model}
            onChange={(model) => put({ model })}
          />
        )}
      </Field>
      <Field label="Key" error={faultAt(error, "api_key_id")}>
        {(ids) => (
          <Select {...ids} className="w-full" value={form.key} onChange={({ target }) => put({ key: target.value })}>
            <option value="">Playground (may do anything)</option>
            {form.key !== "" && !(keys?.data ?? []).some(({ id }) => id === form.key) && (
              <option value={form.key}>{form.key}</option>
            )}
            {keys?.data.map(({ id, name, status }) => (
              <option key={id} value={id}>
                {name}
                {status === "active" ? "" : ` (${status})`}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Message">
        {(ids) => (
          <TextArea
            {...ids}
            rows={3}
            className="min-h-16"
            value={form.message}
            onChange={({ target }) => put({ message: target.value })}
          />
        )}
      </Field>
      <Field label="Most output tokens" optional error={faultAt(error, "max_tokens")}>
        {(ids) => (
          <Input
            {...ids}
            inputMode="numeric"
            className="tabular"
            value={form.max}
            onChange={({ target }) => put({ max: target.value })}
          />
        )}
      </Field>
      <Toggle label="Streamed" checked={form.stream} onChange={(stream) => put({ stream })} />
      <div>
        <Section
          title="Options"
          open={faultAt(error, "more") !== undefined}
          set={options.filter((one) => one !== false).join(", ") || undefined}
        >
          <Field label="Sort by">
            {(ids) => (
              <Select
                {...ids}
                className="w-full"
                value={form.sort}
                onChange={({ target }) => put({ sort: target.value })}
              >
                <option value="">As usual</option>
                <option value="cost">Lowest price</option>
                <option value="ttft">Shortest wait for the first token</option>
                <option value="tps">Most tokens a second</option>
              </Select>
            )}
          </Field>
          <Field label="Only these providers" optional>
            {(ids) => (
              <ListInput
                {...ids}
                what="provider"
                values={form.only}
                suggestions={(providers?.data ?? []).map(({ name, title }) => ({ value: name, label: title }))}
                onChange={(only) => put({ only })}
              />
            )}
          </Field>
          <Toggle label="Zero data retention" checked={form.zdr} onChange={(zdr) => put({ zdr })} />
          <Field label="More of the body" optional hint="JSON, as in a chat completion." error={faultAt(error, "more")}>
            {(ids) => (
              <TextArea
                {...ids}
                rows={4}
                className="font-mono text-[12.5px]"
                placeholder='{"models": ["anthropic/claude-sonnet-4.5"]}'
                value={form.more}
                onChange={({ target }) => put({ more: target.value })}
              />
            )}
          </Field>
        </Section>
      </div>
      <Button look="primary" type="submit" busy={busy}>
        Show what would happen
      </Button>
    </form>
  );
}
