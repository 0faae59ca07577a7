import { useQuery } from "@tanstack/react-query";
import { type ComponentProps, useId } from "react";
import { modelsQuery } from "../../api/queries.ts";
import { Input } from "../../ui/field.tsx";

/** The name of a model, of which those are suggested that there are. */
export function ModelInput({
  value,
  onChange,
  ...rest
}: Omit<ComponentProps<"input">, "onChange" | "value"> & { value: string; onChange: (model: string) => void }) {
  const { data } = useQuery(modelsQuery);
  const list = useId();
  return (
    <>
      <Input
        {...rest}
        list={list}
        value={value}
        maxLength={256}
        onChange={({ target }) => onChange(target.value)}
        className="font-mono text-[13px]"
      />
      <datalist id={list}>
        {data?.data.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
}
