import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** What the viewer chose; kept in this browser. */
export function chosenTheme(): Theme {
  const chosen = localStorage.getItem("theme");
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem("theme");
  else localStorage.setItem("theme", theme);
  show();
}

function show(): void {
  const theme = chosenTheme();
  const isDark = theme === "dark" || (theme === "system" && system.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  for (const listener of listeners) listener();
}

system.addEventListener("change", show);

/** What is shown now, for what is drawn with colours that it must ask for. */
export function useShownTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light"));
}

export function useChosenTheme(): Theme {
  return useSyncExternalStore(subscribe, chosenTheme);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
