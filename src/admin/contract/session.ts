/** Who may come in, as the admin API takes and tells it. */

/** An admin does everything; a viewer sees everything but what people said, and changes nothing. */
export type AdminRole = "admin" | "viewer";

/** `GET /admin/sign-in`: the ways in. Anyone may ask. */
export interface SignInWays {
  readonly object: "sign_in";
  /** Where a browser is sent for single sign-on, and what its button says; `null` where none is configured. */
  readonly oidc: { readonly path: string; readonly title: string } | null;
  /** Why single sign-on has just failed, for people; told once. */
  readonly fault: string | null;
}

/** What `POST /admin/session` takes: the token of a one-time link (what stands behind `#sign-in=`), or the admin token. */
export type AskedSession = { readonly link: string } | { readonly token: string };

/** Who somebody is: as `POST` and `GET /admin/session` tell it. */
export interface ShownSession {
  readonly object: "session";
  /** `null` for who shows the admin token with the request itself. */
  readonly id: string | null;
  readonly role: AdminRole;
  /** What lists and the audit log call them by; `null` where nobody said. */
  readonly name: string | null;
  readonly how: "link" | "token" | "oidc" | "bearer";
  /** ISO 8601; these three are `null` with `bearer`. */
  readonly created_at: string | null;
  /** When it ends if it is not used; every use moves this on. */
  readonly idle_until: string | null;
  /** When it ends whatever happens. */
  readonly expires_at: string | null;
  /** Nothing can be changed by way of the admin API: the configuration says so. */
  readonly is_locked: boolean;
}

/** `GET /admin/sessions`: all that are not over, the latest first. */
export interface SessionList {
  readonly object: "list";
  readonly data: readonly ShownSession[];
  readonly has_more: false;
  readonly next: null;
}

/** What `POST /admin/sign-in-links` takes. */
export interface AskedSignInLink {
  /** @default "admin" */
  readonly role?: AdminRole;
  /** Who it is for, at most 100 characters. */
  readonly name?: string;
}

/** A link that signs in once. */
export interface MadeSignInLink {
  readonly object: "sign_in_link";
  readonly role: AdminRole;
  readonly name: string | null;
  /** What to put behind the dashboard's address: `/#sign-in=…`. It is told this once. */
  readonly path: string;
  /** ISO 8601: fifteen minutes from now. */
  readonly expires_at: string;
}
