import type { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { headOf } from "./head.ts";

/** Contract 2.4; for browsers on inference and catalogue paths. The star stands for whatever else an SDK sends, but never for `Authorization`. */
const PREFLIGHT = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
  "access-control-allow-headers":
    "Content-Type, Authorization, ai-gateway-auth-method, ai-gateway-protocol-version, ai-model-id, ai-language-model-id, ai-language-model-specification-version, ai-image-model-specification-version, ai-embedding-model-specification-version, ai-language-model-streaming, ai-reporting-tags, ai-reporting-user, http-referer, x-title, anthropic-beta, x-vercel-ai-gateway-team, x-api-key, x-stainless-arch, x-stainless-lang, x-stainless-os, x-stainless-package-version, x-stainless-retry-count, x-stainless-runtime, x-stainless-runtime-version, x-stainless-timeout, x-stainless-helper-method, anthropic-version, idempotency-key, *",
  "access-control-max-age": "86400",
};

export function preflight(id: string): Response {
  return new Response(null, { status: 204, headers: { ...PREFLIGHT, "x-request-id": id, "request-id": id } });
}

/** A reply under the id by which the ledger and the log know the request. */
export function respond(
  id: string,
  contentType: string,
  body: string | Uint8Array | ReadableStream<Uint8Array> | null,
  { status = 200, more }: { status?: number; more?: Readonly<Record<string, string>> | undefined } = {},
): Response {
  const headers = headOf(id, contentType, more);
  // A browser's types, by which the dashboard's tests read this, know of bytes that several threads have, and refuse them.
  return new Response(body as ConstructorParameters<typeof Response>[0], { status, headers });
}

export function json(id: string, body: JsonObject, status = 200, more?: Readonly<Record<string, string>>): Response {
  return respond(id, "application/json", JSON.stringify(body), { status, more });
}

/** What is shorter is there as soon as it is. */
const WORTH_PACKING = 4 * 1024;

/** The same, packed where it is large and the client takes that. @param accepts its `accept-encoding` */
export function packedJson(id: string, body: JsonObject, status: number, accepts: string | null): Response {
  const text = JSON.stringify(body);
  if (text.length < WORTH_PACKING || !/(^|,)\s*gzip\s*(,|$)/i.test(accepts ?? ""))
    return respond(id, "application/json", text, { status });
  const more = { "content-encoding": "gzip", vary: "accept-encoding" };
  return respond(id, "application/json", Bun.gzipSync(Buffer.from(text), { level: 1 }), { status, more });
}

/** An error in the client's dialect, with what its SDK is to do next. */
export function refusal(
  id: string,
  error: GatewayError,
  body: JsonObject,
  also?: Readonly<Record<string, string>>,
): Response {
  const more: Record<string, string> = { ...also, ...error.details.fields };
  const wait = error.details.retryAfterMs ?? (error.status === 503 ? UNAVAILABLE_MS : undefined);
  if (wait !== undefined) more["retry-after"] = String(Math.max(1, Math.ceil(wait / 1000)));
  // The plan is exhausted, or nothing will change: a client that retries would multiply our own attempts, or wait for nothing.
  if (!error.again) more["x-should-retry"] = "false";
  if (error.status === 401) more["www-authenticate"] = "Bearer";
  return json(id, body, error.status, more);
}

/** How long to stay away where nobody told us. */
const UNAVAILABLE_MS = 5000;
