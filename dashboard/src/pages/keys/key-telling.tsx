import { Toggle } from "../../ui/budget-fields.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select, TextArea } from "../../ui/field.tsx";
import { ListInput } from "../../ui/list-input.tsx";
import { Section } from "../../ui/section.tsx";
import type { FieldsProps } from "./key-fields.tsx";
import type { WhoForm } from "./key-form.ts";

/** What its requests must tell, and what is kept of them. */
export function KeyTelling({ form, put, error, disabled }: FieldsProps) {
  const { user, entity, tags } = form;
  const told = [
    user.how !== "free" && "end user",
    entity.how !== "free" && "entity",
    (tags.required || tags.fixed.length > 0 || tags.allowed.length > 0 || tags.most !== "") && "tags",
  ].filter((one) => one !== false);
  const putTags = (some: Partial<typeof tags>) => put({ tags: { ...tags, ...some } });
  return (
    <>
      <Section
        title="End users, entities, tags"
        open={faultAt(error, "user", "entity", "tags") !== undefined}
        set={told.length === 0 ? undefined : told.join(", ")}
      >
        <Who
          label="End user"
          placeholder="ada"
          who={user}
          error={faultAt(error, "user")}
          disabled={disabled}
          onChange={(changed) => put({ user: changed })}
        />
        <Who
          label="Entity (quotaEntityId)"
          placeholder="customer-7"
          who={entity}
          error={faultAt(error, "entity")}
          disabled={disabled}
          onChange={(changed) => put({ entity: changed })}
        />
        <Field label="Tags of every request" optional error={faultAt(error, "tags.fixed")}>
          {(ids) => (
            <ListInput
              {...ids}
              what="tag"
              values={tags.fixed}
              disabled={disabled}
              onChange={(fixed) => putTags({ fixed })}
            />
          )}
        </Field>
        <Field
          label="Tags that a request may add"
          hint="Empty: whatever it likes."
          error={faultAt(error, "tags.allowed")}
        >
          {(ids) => (
            <ListInput
              {...ids}
              what="tag"
              values={tags.allowed}
              disabled={disabled}
              onChange={(allowed) => putTags({ allowed })}
            />
          )}
        </Field>
        <Field label="How many tags it may add" optional hint="0 to 10." error={faultAt(error, "tags.most")}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="numeric"
              className="tabular w-24"
              disabled={disabled}
              value={tags.most}
              onChange={({ target }) => putTags({ most: target.value })}
            />
          )}
        </Field>
        <Toggle
          label="Each request must have a tag"
          checked={tags.required}
          disabled={disabled}
          onChange={(required) => putTags({ required })}
        />
      </Section>
      <Section
        title="What is kept"
        open={faultAt(error, "metadata") !== undefined}
        set={form.keep_bodies ? "what is asked and answered" : undefined}
      >
        <Toggle
          label="Keep what is asked and answered"
          hint="Admins can then read it beside each request."
          checked={form.keep_bodies}
          disabled={disabled}
          onChange={(on) => put({ keep_bodies: on })}
        />
        <Field
          label="Metadata"
          optional
          hint="A JSON object for your own notes; nothing is decided by it."
          error={faultAt(error, "metadata")}
        >
          {(ids) => (
            <TextArea
              {...ids}
              className="font-mono text-[12.5px]"
              disabled={disabled}
              placeholder='{"cost_centre": 7}'
              value={form.metadata}
              onChange={({ target }) => put({ metadata: target.value })}
            />
          )}
        </Field>
      </Section>
    </>
  );
}

function Who({
  label,
  placeholder,
  who,
  error,
  disabled,
  onChange,
}: {
  label: string;
  placeholder: string;
  who: WhoForm;
  error: string | undefined;
  disabled: boolean;
  onChange: (who: WhoForm) => void;
}) {
  return (
    <Field label={label} error={error}>
      {(ids) => (
        <div className="flex flex-wrap gap-2">
          <Select
            {...ids}
            className="w-56"
            disabled={disabled}
            value={who.how}
            onChange={({ target }) => onChange({ ...who, how: target.value as WhoForm["how"] })}
          >
            <option value="free">As a request says, or nothing</option>
            <option value="required">Each request must say</option>
            <option value="fixed">Always the same</option>
          </Select>
          {who.how === "fixed" && (
            <Input
              aria-label={`${label}, always`}
              aria-invalid={ids["aria-invalid"]}
              maxLength={256}
              className="w-48"
              placeholder={placeholder}
              disabled={disabled}
              value={who.fixed}
              onChange={({ target }) => onChange({ ...who, fixed: target.value })}
            />
          )}
        </div>
      )}
    </Field>
  );
}
