import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useLayer } from "./dialog.tsx";

/** Says more of something when it is pointed at or reached by keyboard. What matters stands on the page. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  const layer = useLayer();
  return (
    <Radix.Root delayDuration={250}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal container={layer}>
        <Radix.Content
          sideOffset={5}
          collisionPadding={8}
          className="appear z-50 max-w-xs rounded-md bg-ink px-2 py-1 text-[13px] text-bg shadow-high"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
