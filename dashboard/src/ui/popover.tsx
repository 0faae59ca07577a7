import { Popover as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./class-names.ts";
import { useLayer } from "./dialog.tsx";

/** Something small to fill in or to choose from, beside the button that opens it. */
export function Popover({
  open,
  onOpenChange,
  trigger,
  label,
  children,
  className,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  trigger: ReactNode;
  /** What it is, for who cannot see it. */
  label: string;
  children: ReactNode;
  className?: string;
}) {
  const layer = useLayer();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={layer}>
        <Radix.Content
          aria-label={label}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className={cn(
            "appear z-50 w-72 max-w-[calc(100vw-1rem)] rounded-lg border border-line bg-surface shadow-high",
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
