import { useEffect, useRef, useState } from "react";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { faultAt } from "../../ui/faults.ts";
import { Field, Select, Switch, TextArea } from "../../ui/field.tsx";
import { jsonText, objectOf } from "../../ui/json-text.ts";
import { ListInput } from "../../ui/list-input.tsx";

type Options = Readonly<Record<string, unknown>>;

const SORTS = { "": "As usual", cost: "Cheapest first", ttft: "First token soonest", tps: "Fastest output" };

/** What is asked of routing, by `providerOptions.gateway`: the usual of it as fields, all of it as JSON. */
export function RoutingOptions({
  options,
  onChange,
  providers,
  models,
}: {
  options: Options;
  onChange: (options: Options) => void;
  providers: readonly string[];
  models: readonly ListedModel[];
}) {
  const put = (name: string, value: unknown) => {
    const { [name]: _, ...rest } = options;
    const isNothing = value === "" || value === false || (Array.isArray(value) && value.length === 0);
    onChange(isNothing ? rest : { ...rest, [name]: value });
  };
  const known = providers.map((value) => ({ value }));
  const talking = models.filter(({ type, is_served: isServed }) => type === "language" && isServed);
  return (
    <>
      <Several
        label="Order of providers"
        name="order"
        what="provider"
        suggestions={known}
        options={options}
        put={put}
      />
      <Several
        label="Only these providers"
        name="only"
        what="provider"
        suggestions={known}
        options={options}
        put={put}
      />
      <Several
        label="Models to fall back on"
        name="models"
        what="model"
        suggestions={talking.map(({ id: value }) => ({ value }))}
        options={options}
        put={put}
      />
      <Field label="Sort">
        {(ids) => (
          <Select
            {...ids}
            className="w-full"
            value={typeof options.sort === "string" && options.sort in SORTS ? options.sort : ""}
            onChange={({ target }) => put("sort", target.value)}
          >
            {Object.entries(SORTS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {[
        ["zeroDataRetention", "Zero data retention"] as const,
        ["disallowPromptTraining", "No training on prompts"] as const,
        ["strict", "Refuse what would be dropped"] as const,
      ].map(([name, label]) => (
        <div key={name} className="flex items-center gap-3">
          <Switch label={label} checked={options[name] === true} onChange={(on) => put(name, on)} />
          <span className="text-[13px]">{label}</span>
        </div>
      ))}
      <Raw options={options} onChange={onChange} />
    </>
  );
}

function Several({
  label,
  name,
  what,
  suggestions,
  options,
  put,
}: {
  label: string;
  name: string;
  what: string;
  suggestions: readonly { value: string }[];
  options: Options;
  put: (name: string, value: unknown) => void;
}) {
  const told = options[name];
  const values = Array.isArray(told) ? told.filter((one) => typeof one === "string") : [];
  return (
    <Field label={label}>
      {(ids) => (
        <ListInput
          {...ids}
          what={what}
          values={values}
          suggestions={suggestions}
          onChange={(next) => put(name, next)}
        />
      )}
    </Field>
  );
}

/** What is typed counts as soon as it is an object. */
function Raw({ options, onChange }: { options: Options; onChange: (options: Options) => void }) {
  const written = Object.keys(options).length === 0 ? "" : jsonText(options);
  const [text, setText] = useState(written);
  const [error, setError] = useState<unknown>();
  const said = useRef(written);
  useEffect(() => {
    // It was changed by another field.
    if (said.current === written) return;
    said.current = written;
    setText(written);
    setError(undefined);
  }, [written]);
  const type = (next: string) => {
    setText(next);
    try {
      const value = objectOf(next, "options") ?? {};
      setError(undefined);
      said.current = Object.keys(value).length === 0 ? "" : jsonText(value);
      onChange(value);
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <Field label="All options as JSON" hint="providerOptions.gateway" error={faultAt(error, "options")}>
      {(ids) => (
        <TextArea
          {...ids}
          rows={5}
          value={text}
          placeholder="{}"
          onChange={({ target }) => type(target.value)}
          className="font-mono text-[12.5px]"
        />
      )}
    </Field>
  );
}
