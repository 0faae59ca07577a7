/** Light or dark, as the viewer chose or the system has it. Runs before the first paint, alone; `shell/theme.ts` changes it later. */
const chosen = localStorage.getItem("theme");
const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.theme = isDark ? "dark" : "light";

export {};
