import { Switch as RadixSwitch } from "radix-ui";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "./class-names.ts";

const BOX =
  "w-full rounded-md border border-line-strong bg-surface px-2.5 text-ink transition-colors hover:border-faint disabled:bg-sunken disabled:text-muted aria-invalid:border-bad";

/** A label, what is filled in, and what to know of it. Gives `children` the ids that tie them together. */
export function Field({
  label,
  hint,
  error,
  optional = false,
  children,
  className,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  children: (ids: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": boolean | undefined;
  }) => ReactNode;
  className?: string;
}) {
  const id = useId();
  const told = error ?? hint;
  return (
    <div className={cn("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
        {optional && <span className="font-normal text-faint"> · optional</span>}
      </label>
      {children({
        id,
        "aria-describedby": told === undefined ? undefined : `${id}-told`,
        "aria-invalid": error === undefined ? undefined : true,
      })}
      {told !== undefined && (
        <p id={`${id}-told`} className={cn("text-[13px]", error === undefined ? "text-muted" : "text-bad")}>
          {told}
        </p>
      )}
    </div>
  );
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input autoComplete="off" spellCheck={false} {...rest} className={cn(BOX, "h-8", className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea spellCheck={false} {...rest} className={cn(BOX, "min-h-20 py-1.5", className)} />;
}

/** The system's own list: it works with every keyboard, reader and phone. */
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select {...rest} className={cn(BOX, "h-8 w-auto max-w-full pr-7", className)} />;
}

export function Switch({
  label,
  checked,
  onChange,
  disabled,
}: {
  label: string;
  checked: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <RadixSwitch.Root
      aria-label={label}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled ?? false}
      className="h-5 w-9 shrink-0 rounded-full border border-transparent bg-line-strong transition-colors disabled:opacity-50 data-[state=checked]:bg-accent"
    >
      <RadixSwitch.Thumb className="block size-4 translate-x-px rounded-full bg-surface shadow-low transition-transform data-[state=checked]:translate-x-[17px]" />
    </RadixSwitch.Root>
  );
}
