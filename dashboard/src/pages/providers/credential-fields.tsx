import type { ReactNode } from "react";
import type { ListedProvider } from "../../../../src/admin/contract.ts";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select, Switch, TextArea } from "../../ui/field.tsx";
import { ListInput } from "../../ui/list-input.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { type CredentialForm, type Stated, WAYS, waysOf } from "./credential-form.ts";

interface Fields {
  form: CredentialForm;
  provider: ListedProvider;
  error: unknown;
  onChange: (some: Partial<CredentialForm>) => void;
}

/** Texts of a form that have a field each. */
type TextMember = {
  [Name in keyof CredentialForm]: string extends CredentialForm[Name] ? Name : never;
}[keyof CredentialForm];

function Text({
  form,
  error,
  onChange,
  member,
  at,
  label,
  hint,
  optional = false,
  placeholder,
  isSecret = false,
  required = false,
}: Omit<Fields, "provider"> & {
  member: TextMember;
  /** As the API calls it. */
  at: string;
  label: string;
  hint?: ReactNode;
  optional?: boolean;
  placeholder?: string;
  isSecret?: boolean;
  required?: boolean;
}) {
  return (
    <Field label={label} hint={hint} optional={optional} error={faultAt(error, at)}>
      {(ids) => (
        <Input
          {...ids}
          type={isSecret ? "password" : "text"}
          autoComplete={isSecret ? "new-password" : "off"}
          required={required}
          placeholder={placeholder}
          value={form[member]}
          onChange={({ target }) => onChange({ [member]: target.value })}
        />
      )}
    </Field>
  );
}

/** How the provider is shown who asks. */
export function SecretFields({ isNew, ...fields }: Fields & { isNew: boolean }) {
  const { form, provider, error, onChange } = fields;
  const ways = waysOf(provider);
  return (
    <div className="flex flex-col gap-4">
      {ways.length > 1 && (
        <Segments
          label="How it is shown who asks"
          value={form.way}
          onChange={(way) => onChange({ way })}
          options={ways.map((way) => ({ value: way, label: WAYS[way] }))}
          className="self-start max-sm:h-auto max-sm:flex-wrap"
        />
      )}
      {form.way === "key" && (
        <Text {...fields} member="apiKey" at="api_key" label="API key" isSecret required={isNew} />
      )}
      {form.way === "access_key" && (
        <>
          <Text {...fields} member="accessKeyId" at="access_key_id" label="Access key id" required={isNew} />
          <Text
            {...fields}
            member="secretAccessKey"
            at="secret_access_key"
            label="Secret access key"
            isSecret
            required={isNew}
          />
          <Text
            {...fields}
            member="sessionToken"
            at="session_token"
            label="Session token"
            hint="Of a temporary access key."
            isSecret
            optional
          />
        </>
      )}
      {form.way === "service_account" && (
        <Field
          label="Key file of the service account"
          hint="The JSON that Google Cloud gave out for it, as a text."
          error={faultAt(error, "credentials_json")}
        >
          {(ids) => (
            <TextArea
              {...ids}
              required={isNew}
              rows={4}
              autoComplete="off"
              placeholder={'{"type": "service_account", …}'}
              value={form.credentialsJson}
              onChange={({ target }) => onChange({ credentialsJson: target.value })}
              className="font-mono text-[12.5px]"
            />
          )}
        </Field>
      )}
      {form.way === "none" && <p className="text-muted">It is asked without a secret.</p>}
    </div>
  );
}

/** Where it is. */
export function PlaceFields(fields: Fields) {
  const { provider } = fields;
  return (
    <div className="flex flex-col gap-4">
      <Text
        {...fields}
        member="baseUrl"
        at="base_url"
        label="Address"
        optional={!provider.needs_base_url}
        required={provider.needs_base_url}
        placeholder={provider.base_url ?? "https://"}
        hint={
          provider.needs_base_url
            ? "Where your own one is. The secret is sent there and nowhere else."
            : "Only where yours is elsewhere. The secret is sent there and nowhere else."
        }
      />
      {provider.authentication === "aws" && (
        <Text
          {...fields}
          member="region"
          at="region"
          label="Region"
          optional
          placeholder={provider.usual_region ?? ""}
        />
      )}
      {provider.authentication === "google_cloud" && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Text
            {...fields}
            member="project"
            at="project"
            label="Project"
            optional
            hint="Without it, that of the service account."
          />
          <Text {...fields} member="location" at="location" label="Location" optional placeholder="global" />
        </div>
      )}
    </div>
  );
}

/** What it is called, how often it is asked, and what its contract says. */
export function TermFields({ isNew, ...fields }: Fields & { isNew: boolean }) {
  const { form, error, onChange } = fields;
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Text
          {...fields}
          member="name"
          at="name"
          label="Name"
          optional={isNew}
          hint={isNew ? "A free one is taken without it." : undefined}
        />
        <Text {...fields} member="weight" at="weight" label="Weight" hint="How often it is asked first; 0 is last." />
      </div>
      <fieldset className="flex flex-col gap-3 rounded-md border border-line p-3">
        <legend className="px-1 text-[13px] font-medium">What your contract says</legend>
        <Contract
          label="It keeps nothing"
          hint="Zero data retention"
          value={form.zeroDataRetention}
          onChange={(zeroDataRetention) => onChange({ zeroDataRetention })}
        />
        <Contract
          label="It learns nothing"
          hint="No training on what it is sent"
          value={form.noTraining}
          onChange={(noTraining) => onChange({ noTraining })}
        />
        <div className="flex items-center gap-3">
          <div className="min-w-0 flex-1">
            <p className="text-[13px] font-medium">HIPAA</p>
            <p className="text-[13px] text-muted">There is an agreement as a business associate</p>
          </div>
          <Switch label="HIPAA" checked={form.hipaa} onChange={(hipaa) => onChange({ hipaa })} />
        </div>
        <Field
          label="Regions"
          optional
          hint="All those in which it may process what it is sent: eu, us, or names of its own."
          error={faultAt(error, "regions")}
        >
          {(ids) => (
            <ListInput
              {...ids}
              what="region"
              values={form.regions}
              suggestions={[{ value: "eu" }, { value: "us" }]}
              onChange={(regions) => onChange({ regions })}
            />
          )}
        </Field>
      </fieldset>
    </div>
  );
}

const STATED: readonly { value: Stated; label: string }[] = [
  { value: "usual", label: "As it tells everybody" },
  { value: "yes", label: "Yes" },
  { value: "no", label: "No" },
];

function Contract({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: Stated;
  onChange: (value: Stated) => void;
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <div className="min-w-40 flex-1">
        <p className="text-[13px] font-medium">{label}</p>
        <p className="text-[13px] text-muted">{hint}</p>
      </div>
      <Select aria-label={label} value={value} onChange={({ target }) => onChange(target.value as Stated)}>
        {STATED.map(({ value: one, label: told }) => (
          <option key={one} value={one}>
            {told}
          </option>
        ))}
      </Select>
    </div>
  );
}
