import { Tabs as Radix } from "radix-ui";
import type { KeyboardEvent, ReactNode } from "react";
import { cn } from "./class-names.ts";

/** Several views of one thing, of which one is seen. */
export function Tabs<Name extends string>({
  value,
  onChange,
  tabs,
  children,
  label,
}: {
  value: Name;
  onChange: (name: Name) => void;
  tabs: readonly { readonly name: Name; readonly label: ReactNode }[];
  children?: ReactNode;
  label: string;
}) {
  return (
    <Radix.Root value={value} onValueChange={(name) => onChange(name as Name)} className="flex min-w-0 flex-col gap-4">
      <Radix.List aria-label={label} className="flex gap-4 overflow-x-auto border-b border-line">
        {tabs.map(({ name, label: told }) => (
          <Radix.Trigger
            key={name}
            value={name}
            className="-mb-px shrink-0 whitespace-nowrap border-b-2 border-transparent pb-2 text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {told}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {children !== undefined && <Radix.Content value={value}>{children}</Radix.Content>}
    </Radix.Root>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** One of a few, all of them seen. */
export function Segments<Value extends string>({
  label,
  value,
  onChange,
  options,
  className,
}: {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { readonly value: Value; readonly label: ReactNode }[];
  className?: string;
}) {
  const at = options.findIndex((option) => option.value === value);
  // As of any such group: one stop of Tab, and arrows from one to the other.
  const walk = (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (Math.max(at, 0) + step + options.length) % options.length;
    onChange(options[next]!.value);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="radio"]')[next]?.focus();
  };
  return (
    <div
      role="radiogroup"
      aria-label={label}
      onKeyDown={walk}
      className={cn("inline-flex h-8 rounded-md border border-line bg-sunken p-0.5", className)}
    >
      {options.map((option, i) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of buttons that look alike
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={i === Math.max(at, 0) ? 0 : -1}
          onClick={() => onChange(option.value)}
          className={cn(
            "shrink-0 whitespace-nowrap rounded px-2.5 text-[13px] text-muted transition-colors hover:text-ink",
            option.value === value && "bg-surface font-medium text-ink shadow-low",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
