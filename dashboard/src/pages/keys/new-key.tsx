import { type FormEvent, useId, useState } from "react";
import type { ListedKey } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Drawer } from "../../ui/dialog.tsx";
import { KeyFields } from "./key-fields.tsx";
import { formOf, type KeyForm, toldOf } from "./key-form.ts";
import { MadeKey } from "./made-key.tsx";
import { Unplaced } from "./unplaced.tsx";

/** Makes a key, and shows its secret. */
export function NewKey({ onClose }: { onClose: () => void }) {
  const { may, why } = useMayChange();
  const id = useId();
  const [form, setForm] = useState(formOf());
  const make = useChange(
    async (told: KeyForm) => ask<ListedKey>("/keys", { method: "POST", body: toldOf(told) }),
    ["keys", "budgets"],
    ({ name }) => `The key ${name} is made.`,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(form);
  };
  if (make.data !== undefined)
    return (
      <Drawer
        open
        onClose={onClose}
        title={`The key ${make.data.name}`}
        hint="It opens from now on."
        footer={
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <MadeKey made={make.data} />
      </Drawer>
    );
  return (
    <Drawer
      open
      onClose={onClose}
      title="A new key"
      hint="What is not filled in is not restricted."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={id} busy={make.isPending} disabled={!may} title={why}>
            Make the key
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Unplaced error={make.error} />
        <KeyFields
          form={form}
          put={(some) => setForm((now) => ({ ...now, ...some }))}
          error={make.error}
          disabled={!may}
        />
      </form>
    </Drawer>
  );
}
