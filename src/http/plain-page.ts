import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the dashboard's files go out with: nothing runs, and nothing is styled, that is not one of them. */
export const SAFE = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

export interface PlainPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** Where its only link leads, and what it says. */
  readonly to: readonly [path: string, words: string];
}

/**
 * A page of a few words for people whom a browser has led where there is nothing else for them. It looks like the dashboard, and needs nobody to be
 * signed in.
 * @param folder where the dashboard's files are @returns `undefined` where they are not
 */
export function plainPage(
  folder: string,
  { status, title, text, to: [path, words] }: PlainPage,
  fields: Readonly<Record<string, string>>,
): Response | undefined {
  const file = join(folder, "index.html");
  if (!existsSync(file)) return undefined;
  const shell = readFileSync(file, "utf8");
  // Its style sheet, its icon, and what makes it light or dark: all but what makes a page of it.
  const head = pieceOf(shell, "<head>", "</head>")
    .replace(pieceOf(shell, '<script type="module"', "</script>"), "")
    .replace(pieceOf(shell, "<title>", "</title>"), () => `<title>${inHtml(title)} · Headgate</title>`);
  const icon = /<link rel="icon" href="(\/assets\/[\w.-]+)"/.exec(head)?.[1];
  const mark = icon === undefined ? "" : `<img src="${icon}" alt="" class="size-8" />`;
  const html = `<!doctype html>
<html lang="en">
${head}
<body>
<main class="grid min-h-dvh place-items-center px-4 py-10">
<div class="w-full max-w-sm">
<div class="mb-6 flex items-center gap-2.5">${mark}<span class="text-xl font-semibold tracking-tight">Headgate</span></div>
<div class="flex flex-col gap-4 rounded-xl border border-line bg-surface p-5 shadow-low">
<h1 class="font-semibold">${inHtml(title)}</h1>
<p class="break-words text-muted">${inHtml(text)}</p>
<a href="${inHtml(path)}" class="font-medium text-accent underline">${inHtml(words)}</a>
</div>
</div>
</main>
</body>
</html>
`;
  const headers = { ...SAFE, ...fields, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  return new Response(html, { status, headers });
}

/** From where something begins to where it ends. */
function pieceOf(html: string, begin: string, end: string): string {
  const at = html.indexOf(begin);
  return html.slice(at, html.indexOf(end, at) + end.length);
}

/** Whether who asks is a browser that somebody goes somewhere with. */
export function goesThere({ method, headers }: Request): boolean {
  return (method === "GET" || method === "HEAD") && /\btext\/html\b/i.test(headers.get("accept") ?? "");
}

const NAMES: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "#39" };

function inHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&${NAMES[sign]};`);
}
