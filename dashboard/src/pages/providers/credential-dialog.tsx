import { type FormEvent, useId, useState } from "react";
import type { ListedProvider, ProviderCredential } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Failed } from "../../ui/state.tsx";
import { pathOf } from "./credential-card.tsx";
import { PlaceFields, SecretFields, TermFields } from "./credential-fields.tsx";
import { type CredentialForm, dropsSecret, formOf, newForm, toldChange, toldCredential } from "./credential-form.ts";

/** Members that have a field of their own to say what is wrong at. */
const FIELDS = [
  "name",
  "weight",
  "api_key",
  "access_key_id",
  "secret_access_key",
  "session_token",
  "credentials_json",
  "base_url",
  "region",
  "project",
  "location",
  "regions",
];

/** Adds a credential, changes one, or gives one another secret. */
export function CredentialDialog({
  provider,
  one,
  secretOnly = false,
  onClose,
}: {
  provider: ListedProvider;
  one?: ProviderCredential;
  secretOnly?: boolean;
  onClose: () => void;
}) {
  const id = useId();
  const [before] = useState(one === undefined ? newForm(provider) : formOf(provider, one));
  const [form, setForm] = useState<CredentialForm>(before);
  const save = useChange(
    () =>
      one === undefined
        ? ask<ProviderCredential>(pathOf(provider.name), { method: "POST", body: toldCredential(form) })
        : ask<ProviderCredential>(pathOf(provider.name, one.name), { method: "PATCH", body: toldChange(before, form) }),
    ["providers", "models", "health"],
    ({ name }) =>
      one === undefined ? `${provider.title} is asked by ${name} from the next request on.` : `${name} is changed.`,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Events of a dialog within a drawer go on to what is around it.
    event.stopPropagation();
    save.mutate(undefined, { onSuccess: onClose });
  };
  const fields = {
    form,
    provider,
    error: save.error,
    onChange: (some: Partial<CredentialForm>) => setForm({ ...form, ...some }),
  };
  const isMoved = one !== undefined && dropsSecret(before, form);
  return (
    <Dialog
      open
      onClose={onClose}
      title={titleOf(provider, one, secretOnly)}
      hint={
        secretOnly
          ? "It takes the place of the old one with the next request."
          : "Its secret is sealed, and shown to nobody again."
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={id} busy={save.isPending}>
            {one === undefined ? "Add the credential" : secretOnly ? "Replace the secret" : "Save"}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} className="flex flex-col gap-4">
        {(one === undefined || secretOnly || isMoved) && <SecretFields {...fields} isNew={one === undefined} />}
        {isMoved && (
          <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
            A secret is entered for one address. Enter it for this one, too: without it, it is dropped.
          </p>
        )}
        {!secretOnly && (
          <>
            <PlaceFields {...fields} />
            <TermFields {...fields} isNew={one === undefined} />
          </>
        )}
        {save.error !== null && faultAt(save.error, ...FIELDS) === undefined && <Failed error={save.error} />}
      </form>
    </Dialog>
  );
}

function titleOf({ title }: ListedProvider, one: ProviderCredential | undefined, secretOnly: boolean): string {
  if (one === undefined) return `Add a credential for ${title}`;
  return secretOnly ? `Another secret for ${one.name}` : `Change ${one.name}`;
}
