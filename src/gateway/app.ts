import type { HeaderFields } from "../core/headers.ts";

const KEPT = 200;

/** The app on whose behalf a client asks: `HTTP-Referer` and `X-Title`, for reports (contract 2.5). */
export function appOf(headers: HeaderFields): { url: string | null; title: string | null } {
  return { url: capped(headers.get("http-referer")), title: capped(headers.get("x-title")) };
}

function capped(text: string | null): string | null {
  return text === null || text === "" ? null : text.slice(0, KEPT);
}
