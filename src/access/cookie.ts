import type { HeaderFields } from "../core/headers.ts";

/** How a cookie is set that only the browser's own requests to us carry, and no script reads. */
export interface CookieWay {
  /** Only by TLS. */
  readonly secure: boolean;
  /** Seconds. */
  readonly maxAge: number;
  /** Whether it also comes with who is led here by another site, as single sign-on is. */
  readonly lax?: true;
  /** By TLS it goes to all. @default "/" */
  readonly path?: string;
}

/** The field that sets a cookie. Its value is of letters, digits and the like alone. */
export function cookie(name: string, value: string, { secure, maxAge, lax, path = "/" }: CookieWay): string {
  const site = lax === true ? "Lax" : "Strict";
  const to = `${nameOf(name, secure)}=${value}; Path=${secure ? "/" : path}`;
  return `${to}; Max-Age=${maxAge}; HttpOnly; SameSite=${site}${secure ? "; Secure" : ""}`;
}

/**
 * A cookie of this name no browser takes from another server, of whatever name it is a part, and none without TLS:
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
 */
function nameOf(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

/**
 * What a cookie holds. One that is there twice is as good as none: another server of the same name may have set the second.
 * @param secure whether the browser came by TLS
 */
export function cookieIn(headers: HeaderFields, name: string, secure: boolean): string | undefined {
  const wanted = nameOf(name, secure);
  const all = (headers.get("cookie") ?? "").split(";").flatMap((one) => {
    const at = one.indexOf("=");
    return at > 0 && one.slice(0, at).trim() === wanted ? [one.slice(at + 1).trim()] : [];
  });
  return all.length === 1 && all[0] !== "" ? all[0] : undefined;
}
