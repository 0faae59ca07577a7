import { IDLE_MS, type Session } from "../access/sessions.ts";

/** The cookie that holds the token of a session. */
export const COOKIE = "headgate_session";

/** As the audit log calls who is signed in. */
export function actorOf({ id, name }: Session): string {
  return `session:${name ?? id}`;
}

/** Who somebody is; without a session it is who shows the admin token with the request itself. */
export function sessionTold(session: Session | undefined) {
  if (session === undefined) {
    const never = { created_at: null, idle_until: null, expires_at: null };
    return { object: "session", id: null, role: "admin", name: null, how: "bearer", ...never } as const;
  }
  const { id, role, name, how, createdAt, seenAt, expiresAt } = session;
  const idleUntil = Math.min(seenAt + IDLE_MS, expiresAt);
  return {
    object: "session",
    id,
    role,
    name,
    how,
    created_at: timeOf(createdAt),
    idle_until: timeOf(idleUntil),
    expires_at: timeOf(expiresAt),
  } as const;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
