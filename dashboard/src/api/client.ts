/** What `/admin` refused, in its own words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** A code of docs/errors.md; `unreachable` where nobody answered. */
  readonly code: string;
  /** The member of the body that it is about. */
  readonly param: string | undefined;
  /** The body of the reply, where it was JSON. */
  readonly told: unknown;

  constructor(status: number, code: string, message: string, param?: string, told?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.told = told;
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What the gateway answers at a path below `/admin`. @throws ApiError */
export async function ask<Answer>(
  path: string,
  { method = "GET", body, signal }: { method?: Method; body?: unknown; signal?: AbortSignal } = {},
): Promise<Answer> {
  const reply = await reach(path, {
    method,
    signal: signal ?? null,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  try {
    return (await reply.json()) as Answer;
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new ApiError(0, "unreachable", "The gateway's answer broke off.");
  }
}

/** The reply itself, of one that is read as it comes. @throws ApiError */
export async function reach(path: string, init: RequestInit): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(`/admin${path}`, { ...init, credentials: "same-origin", redirect: "error" });
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown;
    throw new ApiError(0, "unreachable", "The gateway does not answer. Is it running?");
  }
  if (!reply.ok) throw await refusalOf(reply);
  return reply;
}

async function refusalOf(reply: Response): Promise<ApiError> {
  const told = await reply.json().catch(() => undefined);
  const { message, code, type, param } = (told as { error?: Record<string, string> } | undefined)?.error ?? {};
  return new ApiError(
    reply.status,
    code ?? type ?? "unknown",
    message ?? `The gateway answered ${reply.status}.`,
    param,
    told,
  );
}

/** What stands behind a question mark: what is absent or empty is left out, a list is told several times. */
export function search(
  members: Readonly<Record<string, string | number | boolean | readonly string[] | undefined | null>>,
) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null || value === "") continue;
    if (typeof value === "object") for (const one of value) asked.append(name, one);
    else asked.set(name, String(value));
  }
  const text = asked.toString();
  return text === "" ? "" : `?${text}`;
}
