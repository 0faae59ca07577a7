import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { PAGES } from "./pages.ts";

/** Keys that work wherever nothing is being typed. */
export const SHORTCUTS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: "⌘K or Ctrl K", does: "Find a page, a model, a request; do something" },
  { keys: "/", does: "Search on this page" },
  { keys: "j k", does: "Down and up the requests; Enter opens one, Esc goes back" },
  { keys: "Alt ↑ Alt ↓", does: "Moves a routing rule that has the focus" },
  { keys: "?", does: "These keys" },
  ...PAGES.map(({ key, title }) => ({ keys: `g ${key}`, does: title })),
];

/** How long after `g` the next key belongs to it. */
const TOGETHER_MS = 1200;

export function useShortcuts({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }): void {
  const navigate = useNavigate();
  const wentAt = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        onPalette();
        return;
      }
      if (
        event.metaKey ||
        event.ctrlKey ||
        event.altKey ||
        isTyping(event.target) ||
        document.querySelector("dialog[open]") !== null
      )
        return;
      const page = PAGES.find(({ key }) => key === event.key);
      if (Date.now() - wentAt.current < TOGETHER_MS && page !== undefined) {
        wentAt.current = 0;
        event.preventDefault();
        void navigate({ to: page.path });
      } else if (event.key === "g") wentAt.current = Date.now();
      else if (event.key === "?") onHelp();
      else if (event.key === "/") {
        const box = document.querySelector<HTMLElement>("[data-search]");
        if (box !== null) event.preventDefault();
        box?.focus();
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [navigate, onPalette, onHelp]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.closest("input, textarea, select") !== null)
  );
}
