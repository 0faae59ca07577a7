import type { HeaderFields } from "../core/headers.ts";

/** How a cookie is set that only the browser's own requests to us carry, and no script reads. */
export interface CookieWay {
  /** Only by TLS. */
  readonly secure: boolean;
  /** Seconds. */
  readonly maxAge: number;
  /** Whether it also comes with who is led here by another site, as single sign-on is. */
  readonly lax?: true;
  /** @default "/" */
  readonly path?: string;
}

/** The field that sets a cookie. Its value is of letters, digits and the like alone. */
export function cookie(name: string, value: string, { secure, maxAge, lax, path = "/" }: CookieWay): string {
  const site = lax === true ? "Lax" : "Strict";
  return `${name}=${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=${site}${secure ? "; Secure" : ""}`;
}

/** What a cookie holds. One that is there twice is as good as none: another server of the same name may have set the second. */
export function cookieIn(headers: HeaderFields, name: string): string | undefined {
  const all = (headers.get("cookie") ?? "").split(";").flatMap((one) => {
    const at = one.indexOf("=");
    return at > 0 && one.slice(0, at).trim() === name ? [one.slice(at + 1).trim()] : [];
  });
  return all.length === 1 && all[0] !== "" ? all[0] : undefined;
}
