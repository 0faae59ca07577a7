import type { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";

/** Contract 2.4; for browsers on inference and catalogue paths. */
const PREFLIGHT = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
  "access-control-allow-headers":
    "Content-Type, Authorization, ai-gateway-auth-method, ai-gateway-protocol-version, ai-model-id, ai-language-model-id, ai-language-model-specification-version, ai-image-model-specification-version, ai-embedding-model-specification-version, ai-language-model-streaming, ai-reporting-tags, ai-reporting-user, http-referer, x-title, anthropic-beta, x-vercel-ai-gateway-team, x-api-key, x-stainless-arch, x-stainless-lang, x-stainless-os, x-stainless-package-version, x-stainless-retry-count, x-stainless-runtime, x-stainless-runtime-version, x-stainless-timeout",
  "access-control-max-age": "86400",
};

export function preflight(): Response {
  return new Response(null, { status: 204, headers: PREFLIGHT });
}

/** Header fields of every reply: the id under which the ledger and the log know the request. */
export function headers(id: string, contentType: string, more?: Record<string, string>): Record<string, string> {
  return {
    "content-type": contentType,
    "cache-control": "no-store",
    "x-request-id": id,
    "request-id": id,
    "access-control-allow-origin": "*",
    ...more,
  };
}

export function json(id: string, body: JsonObject, status = 200, more?: Record<string, string>): Response {
  return new Response(JSON.stringify(body), { status, headers: headers(id, "application/json", more) });
}

/** An error in the client's dialect, with what its SDK is to do next. */
export function refusal(
  id: string,
  error: GatewayError,
  body: JsonObject,
  also: Record<string, string> = {},
): Response {
  const more = { ...also };
  const wait = error.details.retryAfterMs ?? (error.status === 503 ? UNAVAILABLE_MS : undefined);
  if (wait !== undefined) more["retry-after"] = String(Math.max(1, Math.ceil(wait / 1000)));
  // The plan is exhausted: a client that retries at once would multiply our own attempts.
  if (error.code.startsWith("upstream_") || error.code === "provider_unavailable") more["x-should-retry"] = "false";
  if (error.status === 401) more["www-authenticate"] = "Bearer";
  return json(id, body, error.status, more);
}

/** How long to stay away where nobody told us. */
const UNAVAILABLE_MS = 5000;
