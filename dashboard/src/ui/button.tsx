import type { ComponentProps } from "react";
import { cn } from "./class-names.ts";

const LOOKS = {
  primary: "bg-accent text-accent-ink hover:brightness-110 border-transparent",
  plain: "bg-surface text-ink border-line-strong hover:bg-hover",
  quiet: "bg-transparent text-muted border-transparent hover:bg-hover hover:text-ink",
  danger: "bg-surface text-bad border-line-strong hover:bg-bad-soft",
} as const;

const SIZES = {
  small: "h-7 px-2 text-[13px] gap-1.5",
  normal: "h-8 px-3 gap-1.5",
  icon: "h-8 w-8 justify-center",
  tiny: "h-6 w-6 justify-center",
} as const;

export interface ButtonProps extends ComponentProps<"button"> {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
  /** It is being done. */
  busy?: boolean;
}

export function Button({
  look = "plain",
  size = "normal",
  busy = false,
  className,
  disabled,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cn(
        "relative inline-flex shrink-0 items-center justify-center whitespace-nowrap rounded-md border font-medium transition-colors disabled:opacity-50",
        "[&_svg]:size-4 [&_svg]:shrink-0",
        LOOKS[look],
        SIZES[size],
        className,
      )}
    >
      {busy && (
        <span className="absolute inset-0 grid place-items-center">
          <span className="size-4 animate-spin rounded-full border-2 border-current border-r-transparent" />
        </span>
      )}
      <span className={cn("contents", busy && "[&]:flex [&]:items-center [&]:gap-1.5 [&]:opacity-0")}>{children}</span>
    </button>
  );
}
