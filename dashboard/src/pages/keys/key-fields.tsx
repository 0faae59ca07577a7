import { useQuery } from "@tanstack/react-query";
import { teamsQuery } from "../../api/control.ts";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select } from "../../ui/field.tsx";
import type { KeyForm } from "./key-form.ts";
import { KeyRights } from "./key-rights.tsx";
import { KeySpending } from "./key-spending.tsx";
import { KeyTelling } from "./key-telling.tsx";

export interface FieldsProps {
  readonly form: KeyForm;
  readonly put: (some: Partial<KeyForm>) => void;
  readonly error: unknown;
  readonly disabled: boolean;
  /** It has more than one budget: they are changed one by one. */
  readonly several?: boolean;
}

/** All that a key is, to be filled in: what everybody needs first, what few need folded away. */
export function KeyFields(props: FieldsProps) {
  return (
    <div className="flex flex-col gap-4">
      <KeyBasics {...props} />
      <div>
        <KeySpending {...props} />
        <KeyRights {...props} />
        <KeyTelling {...props} />
      </div>
    </div>
  );
}

function KeyBasics({ form, put, error, disabled }: FieldsProps) {
  const { data: teams } = useQuery(teamsQuery);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Name" error={faultAt(error, "name")} className="sm:col-span-2">
        {(ids) => (
          <Input
            {...ids}
            data-first={form.name === "" || undefined}
            required
            maxLength={200}
            disabled={disabled}
            placeholder="What people call it, such as ci"
            value={form.name}
            onChange={({ target }) => put({ name: target.value })}
          />
        )}
      </Field>
      <Field label="Team" optional error={faultAt(error, "team")}>
        {(ids) => (
          <Select
            {...ids}
            className="w-full"
            disabled={disabled}
            value={form.team}
            onChange={({ target }) => put({ team: target.value })}
          >
            <option value="">None</option>
            {teams?.data.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Owner" optional error={faultAt(error, "owner")}>
        {(ids) => (
          <Input
            {...ids}
            maxLength={200}
            disabled={disabled}
            placeholder="A person or a service"
            value={form.owner}
            onChange={({ target }) => put({ owner: target.value })}
          />
        )}
      </Field>
      <Field label="Expires" optional hint="In your zone. Empty: never." error={faultAt(error, "expires_at")}>
        {(ids) => (
          <Input
            {...ids}
            type="datetime-local"
            disabled={disabled}
            value={form.expires}
            onChange={({ target }) => put({ expires: target.value })}
          />
        )}
      </Field>
    </div>
  );
}
