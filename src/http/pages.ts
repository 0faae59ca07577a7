/** What the dashboard's paths begin with, beside `/`: whatever is below them is a page. `test/dashboard/files.test.ts` compares them with those that it has. */
const PAGES = ["requests", "playground", "models", "providers", "routing", "keys", "budgets", "settings", "start"];

export function isDashboardPath(path: string): boolean {
  return path === "/" || PAGES.some((page) => path === `/${page}` || path.startsWith(`/${page}/`));
}
