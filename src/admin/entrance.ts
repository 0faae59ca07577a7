import { Attempts } from "../access/attempts.ts";
import { FIRST_LINK_MS, type SessionShelf, Sessions } from "../access/sessions.ts";
import type { Config } from "../config/schema.ts";
import type { SignOn } from "../gateway/sign-on.ts";

export interface EntranceParts {
  readonly config: Pick<Config, "dashboard">;
  readonly shelf: SessionShelf;
  readonly signOn: SignOn | undefined;
  /** What is kept of a token. */
  hashOf(token: string): string;
  /** The same of the admin token. */
  readonly grantor: string | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** By which people come in to the dashboard. */
export interface Entrance {
  readonly sessions: Sessions;
  /** Absent where none is configured. */
  readonly signOn: SignOn | undefined;
  readonly attempts: Attempts;
  /** Where browsers reach the dashboard, without a slash at its end, where that was told. */
  readonly url: string | undefined;
}

export function entranceOf({ config, shelf, signOn, hashOf, grantor, now }: EntranceParts): Entrance {
  const { url } = config.dashboard;
  return {
    sessions: new Sessions({ shelf, hashOf, grantor, now }),
    signOn,
    attempts: new Attempts(),
    url: url === undefined ? undefined : new URL(url).origin,
  };
}

/** The link of an installation's first start, which is no more written down than its first key. @returns its token */
export async function firstLink({ sessions }: Entrance): Promise<string> {
  return (await sessions.link({ role: "admin", name: null }, FIRST_LINK_MS, [])).token;
}
