import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";

export interface Suggestion {
  readonly value: string;
  readonly label?: string;
}

/** Several texts, each typed or taken from what is suggested: Enter or a comma adds one, Backspace takes the last away. */
export function ListInput({
  values,
  onChange,
  suggestions = [],
  placeholder,
  what,
  disabled = false,
  ...ids
}: {
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
  suggestions?: readonly Suggestion[];
  placeholder?: string;
  /** What each of them is, as in "Remove model openai/gpt-5". */
  what: string;
  disabled?: boolean;
  id?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: boolean | undefined;
}) {
  const [text, setText] = useState("");
  const list = useId();
  const add = (told: string) => {
    const fresh = told
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
    setText("");
    if (fresh.length > 0) onChange([...new Set([...values, ...fresh])]);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && text.trim() !== "") {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && text === "") onChange(values.slice(0, -1));
  };
  return (
    <div className="flex min-h-8 w-full flex-wrap items-center gap-1 rounded-md border border-line-strong bg-surface px-1.5 py-1 focus-within:outline-2 focus-within:outline-accent hover:border-faint has-[[aria-invalid=true]]:border-bad has-[input:disabled]:bg-sunken">
      {values.map((value) => (
        <span
          key={value}
          className="inline-flex h-6 max-w-full items-center gap-0.5 rounded bg-hover pr-0.5 pl-2 font-mono text-[12.5px]"
        >
          <span className="truncate">{value}</span>
          <button
            type="button"
            disabled={disabled}
            aria-label={`Remove ${what} ${value}`}
            onClick={() => onChange(values.filter((one) => one !== value))}
            className="grid size-5 shrink-0 place-items-center rounded text-muted hover:bg-line hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </span>
      ))}
      <input
        {...ids}
        value={text}
        list={list}
        disabled={disabled}
        autoComplete="off"
        spellCheck={false}
        placeholder={values.length === 0 ? placeholder : undefined}
        onKeyDown={press}
        onChange={({ target, nativeEvent }) => {
          const isChosen = !(nativeEvent instanceof InputEvent) || nativeEvent.inputType === "insertReplacementText";
          if (target.value.includes(",") || (isChosen && suggestions.some(({ value }) => value === target.value)))
            add(target.value);
          else setText(target.value);
        }}
        onBlur={() => add(text)}
        className="h-6 min-w-32 flex-1 bg-transparent px-1 outline-none disabled:text-muted"
      />
      <datalist id={list}>
        {suggestions
          .filter(({ value }) => !values.includes(value))
          .map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
      </datalist>
    </div>
  );
}
