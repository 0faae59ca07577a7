import type { Session } from "../access/sessions.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { AdminRole } from "./contract.ts";

/** Who calls the admin API. */
export interface Caller {
  /** As the audit log calls them. */
  readonly actor: string;
  /** Absent for whoever needs to show nothing. */
  readonly role?: AdminRole;
  /** Of who is signed in; absent for who shows the admin token with each request. */
  readonly session?: Session;
  /** Whether they are still let in, by now: for what goes on for long. */
  isStillIn(): Promise<boolean>;
}

/** From where somebody calls. */
export interface Place {
  readonly headers: HeaderFields;
  /** Of the connection; and behind a space whose it is, where it is a proxy's that says so. */
  readonly address: string;
  /** As the browser sees us: `https://headgate.example.com`, without a slash at its end. */
  readonly origin: string;
  /** Whether the browser came by TLS. */
  readonly secure: boolean;
}
