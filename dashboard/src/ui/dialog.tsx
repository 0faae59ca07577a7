import { X } from "lucide-react";
import { createContext, type ReactNode, useContext, useId, useLayoutEffect, useRef, useState } from "react";
import { Button } from "./button.tsx";
import { cn } from "./class-names.ts";
import { opened } from "./open-dialogs.ts";
import { Failed } from "./state.tsx";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  hint?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  className?: string;
}

const Layer = createContext<HTMLElement | null>(null);

/** Where menus and the like are put: what is outside of an open dialog lies beneath it. */
export function useLayer(): HTMLElement | undefined {
  return useContext(Layer) ?? undefined;
}

/** Asks for something before the page goes on. */
export function Dialog(props: DialogProps) {
  return <Sheet {...props} shape="appear m-auto max-h-[86dvh] w-[calc(100%-1.5rem)] max-w-lg rounded-xl border" />;
}

/** Shows one thing of a list in full, beside the list. */
export function Drawer(props: DialogProps) {
  return <Sheet {...props} shape="slide-in my-0 mr-0 ml-auto h-dvh max-h-none w-full max-w-2xl border-l" />;
}

/** The browser's own dialog: it holds the focus, closes with Escape, and needs no styles of a library's, which the policy would refuse. */
function Sheet({ open, ...rest }: DialogProps & { shape: string }) {
  return open ? <OpenSheet {...rest} /> : null;
}

function OpenSheet({
  onClose,
  title,
  hint,
  children,
  footer,
  className,
  shape,
}: Omit<DialogProps, "open"> & { shape: string }) {
  const [layer, setLayer] = useState<HTMLDialogElement | null>(null);
  const id = useId();
  const pressedOutside = useRef(false);
  const closing = useRef(onClose);
  closing.current = onClose;
  // Closed while it is still there: only then the browser gives the focus back to where it was.
  useLayoutEffect(() => {
    if (layer === null) return;
    layer.showModal();
    // What is to be filled in first; the browser takes what comes first, which closes it.
    layer.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => layer.close();
  }, [layer]);
  useLayoutEffect(() => opened(() => closing.current()), []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it
    <dialog
      ref={setLayer}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        pressedOutside.current = event.target === layer;
      }}
      onClick={(event) => {
        if (event.target === layer && pressedOutside.current) onClose();
      }}
      className={cn("border-line bg-surface text-ink shadow-high backdrop:bg-black/40", shape, className)}
    >
      <Layer value={layer}>
        <div className="flex h-full max-h-[inherit] flex-col">
          <header className="flex items-start gap-3 border-b border-line px-5 py-3">
            <div className="min-w-0 flex-1">
              <h2 id={id} className="text-base font-semibold break-words">
                {title}
              </h2>
              {hint !== undefined && <p className="text-[13px] text-muted">{hint}</p>}
            </div>
            <Button look="quiet" size="icon" aria-label="Close" onClick={onClose} className="-mr-2">
              <X />
            </Button>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>
          )}
        </div>
      </Layer>
    </dialog>
  );
}

/** Asks once more before what cannot be taken back. */
export function Confirm({
  open,
  onClose,
  title,
  children,
  action,
  onConfirm,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  /** What will be done, as its button says it. */
  action: string;
  onConfirm: () => Promise<unknown>;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      className="max-w-md"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" busy={busy} onClick={confirm}>
            {action}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {children}
        {error !== undefined && <Failed error={error} />}
      </div>
    </Dialog>
  );
}
