import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
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
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className={cn("inline-flex h-8 rounded-md border border-line bg-sunken p-0.5", className)}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of buttons that look alike
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
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
