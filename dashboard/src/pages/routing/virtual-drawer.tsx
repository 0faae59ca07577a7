import { useState } from "react";
import type { ListedVirtualModel } from "../../../../src/admin/contract.ts";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select, TextArea } from "../../ui/field.tsx";
import { ListInput } from "../../ui/list-input.tsx";
import { Section } from "../../ui/section.tsx";
import { Candidates } from "./candidates.tsx";
import { DirectionDrawer } from "./direction-drawer.tsx";
import { ModelInput } from "./model-input.tsx";
import { toldVirtual, type VirtualForm, virtualForm } from "./virtual-form.ts";

const FIELDS = [
  "id",
  "name",
  "description",
  "model",
  "candidates",
  "relay",
  "selector",
  "requires",
  "provider_options",
];
const EXAMPLE = {
  id: "vmc/support",
  candidates: [
    { model: "openai/gpt-5", weight: 95 },
    { model: "anthropic/claude-sonnet-4.5", weight: 5 },
  ],
};
const ABILITIES = ["tools", "vision", "files", "audio-input", "reasoning", "structured-output", "caching"];

/** One virtual model in full. */
export function VirtualDrawer({ virtual, onClose }: { virtual?: ListedVirtualModel; onClose: () => void }) {
  const [form, setForm] = useState(() => virtualForm(virtual));
  const put = (some: Partial<VirtualForm>) => setForm((now) => ({ ...now, ...some }));
  return (
    <DirectionDrawer
      path="/virtual-models"
      what="virtual model"
      one={virtual}
      hint="Clients ask for it by its name, as for any model."
      before={() => toldVirtual(virtualForm(virtual))}
      told={() => toldVirtual(form)}
      fields={FIELDS}
      example={EXAMPLE}
      onClose={onClose}
    >
      {(error, disabled) => (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            {virtual === undefined && (
              <Field label="Asked for as" hint="creator/name; it cannot be changed." error={faultAt(error, "id")}>
                {(ids) => (
                  <Input
                    {...ids}
                    data-first
                    maxLength={256}
                    placeholder="vmc/support"
                    className="font-mono text-[13px]"
                    value={form.id}
                    disabled={disabled}
                    onChange={({ target }) => put({ id: target.value })}
                  />
                )}
              </Field>
            )}
            <Field label="Title" optional hint="For people." error={faultAt(error, "name")}>
              {(ids) => (
                <Input
                  {...ids}
                  placeholder="Support"
                  value={form.name}
                  disabled={disabled}
                  onChange={({ target }) => put({ name: target.value })}
                />
              )}
            </Field>
          </div>
          <Field label="Stands for">
            {(ids) => (
              <Select
                {...ids}
                className="w-full"
                disabled={disabled}
                value={form.kind}
                onChange={({ target }) => put({ kind: target.value as VirtualForm["kind"] })}
              >
                <option value="model">One model: an alias</option>
                <option value="candidates">Several, of which one is asked and the others stand in</option>
                <option value="relay">A server of your own, at an address</option>
              </Select>
            )}
          </Field>
          {form.kind === "model" && (
            <Field label="Model" error={faultAt(error, "model")}>
              {(ids) => (
                <ModelInput
                  {...ids}
                  placeholder="openai/gpt-5"
                  disabled={disabled}
                  value={form.model}
                  onChange={(model) => put({ model })}
                />
              )}
            </Field>
          )}
          {form.kind === "candidates" && <Candidates form={form} put={put} error={error} disabled={disabled} />}
          {form.kind === "relay" && (
            <Field
              label="Address"
              hint="JSON: base_url, and upstream, wire, price, context_window, zero_data_retention as in docs/configuration.md. Secrets stand in the configuration only."
              error={faultAt(error, "relay")}
            >
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={6}
                  className="font-mono text-[12.5px]"
                  disabled={disabled}
                  value={form.relay}
                  onChange={({ target }) => put({ relay: target.value })}
                />
              )}
            </Field>
          )}
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Status" hint="Only an active one is served.">
              {(ids) => (
                <Select
                  {...ids}
                  className="w-full"
                  disabled={disabled}
                  value={form.status}
                  onChange={({ target }) => put({ status: target.value as VirtualForm["status"] })}
                >
                  <option value="active">Active</option>
                  <option value="draft">Draft</option>
                  <option value="archived">Archived</option>
                </Select>
              )}
            </Field>
            <Field label="Who finds it in /v1/models" hint="Whoever has a key may ask for it.">
              {(ids) => (
                <Select
                  {...ids}
                  className="w-full"
                  disabled={disabled}
                  value={form.visibility}
                  onChange={({ target }) => put({ visibility: target.value as VirtualForm["visibility"] })}
                >
                  <option value="public">Everybody</option>
                  <option value="internal">Those who have a key</option>
                  <option value="stealth">Nobody</option>
                </Select>
              )}
            </Field>
          </div>
          <Section
            title="How it is asked"
            open={faultAt(error, "requires", "provider_options") !== undefined || form.options !== ""}
            set={form.options !== "" ? "options" : form.requires.length > 0 ? form.requires.join(", ") : undefined}
          >
            <Field
              label="Requires"
              optional
              hint="What whoever answers must be known to have."
              error={faultAt(error, "requires")}
            >
              {(ids) => (
                <ListInput
                  {...ids}
                  what="ability"
                  values={form.requires}
                  suggestions={ABILITIES.map((value) => ({ value }))}
                  disabled={disabled}
                  placeholder="vision"
                  onChange={(requires) => put({ requires })}
                />
              )}
            </Field>
            <Field
              label="Provider options"
              optional
              hint="JSON, as a client would write providerOptions. What stands here wins over the request."
              error={faultAt(error, "provider_options")}
            >
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={5}
                  className="font-mono text-[12.5px]"
                  placeholder='{"gateway": {"order": ["azure", "openai"], "zeroDataRetention": true}}'
                  disabled={disabled}
                  value={form.options}
                  onChange={({ target }) => put({ options: target.value })}
                />
              )}
            </Field>
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
          </Section>
        </>
      )}
    </DirectionDrawer>
  );
}
