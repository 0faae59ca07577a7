import type { HeaderFields } from "../core/headers.ts";
import { redact } from "../core/redact.ts";

/** A header field as it is kept, where bodies are. */
export interface KeptField {
  readonly name: string;
  /** `null`: it was there, and what it said is kept back. */
  readonly value: string | null;
}

/** What a provider answered one attempt with, beside the body. */
export interface KeptAnswer {
  /** `provider:upstream` */
  readonly endpoint: string;
  readonly status: number;
  readonly fields: readonly KeptField[];
}

/** Names of a client's fields that say nothing but how it asks; and what they begin with. */
const ASKED =
  /^(user-agent|content-type|content-length|content-encoding|accept|accept-encoding|accept-language|http-referer|referer|origin|x-title|x-app|traceparent|idempotency-key|x-client-request-id|x-request-id|[a-z]{2,20}-(version|beta|dangerous-direct-browser-access)|ai-(gateway-protocol-version|gateway-auth-method|model-id|language-model-id|language-model-streaming|language-model-specification-version|[a-z]+-model-specification-version)|x-stainless-[a-z-]{1,40})$/;

/** Of a provider's answer: how it is to be found again, how long it took, and what is left of limits. */
const ANSWERED =
  /^(content-type|content-length|content-encoding|date|server|server-timing|via|retry-after|retry-after-ms|x-should-retry|x-request-id|request-id|x-amzn-requestid|apim-request-id|x-ms-region|x-ms-client-request-id|cf-ray|x-envoy-upstream-service-time|x-[a-z]{2,20}-(request-id|region)|[a-z]{2,20}-(processing-ms|version)|(x|[a-z]{2,20})-rate-?limit-[a-z0-9-]{1,60}|x-amzn-[a-z]{2,20}-[a-z-]{1,40}-(count|latency))$/;

/** Of these not even that they were there is kept. */
const SECRET = /auth|cookie|token|secret|key|credential|password|passwd|session|signature|bearer|jwt|assertion/;

/** Fields of one message, characters of one value, and of a name. */
const MOST = 60;
const LONGEST = 300;
const LONGEST_NAME = 60;

/** Of less nobody could tell that it is a secret. */
const TELLING = 6;

/** What a client has sent, without what lets it in, wherever that stands. */
export function askedFields(headers: HeaderFields): KeptField[] {
  const shown = [...(headers.entries?.() ?? [])]
    .filter(([name]) => SECRET.test(name.toLowerCase()) && !ASKED.test(name.toLowerCase()))
    .flatMap(([, value]) => value.split(/[\s,;=]+/))
    .filter(({ length }) => length >= TELLING);
  return kept(headers, ASKED, (text) => shown.reduce((told, secret) => told.replaceAll(secret, "[redacted]"), text));
}

/** What a provider has answered with. @param conceal takes out the secret that it was shown */
export function answeredFields(headers: HeaderFields, conceal: (text: string) => string): KeptField[] {
  return kept(headers, ANSWERED, conceal);
}

function kept(headers: HeaderFields, shown: RegExp, conceal: (text: string) => string): KeptField[] {
  const fields: KeptField[] = [];
  for (const [told, value] of headers.entries?.() ?? []) {
    if (fields.length === MOST) break;
    const name = told.toLowerCase();
    if (shown.test(name)) fields.push({ name, value: cut(redact(conceal(withoutQuery(name, value)))) });
    else if (isPlainName(name, conceal)) fields.push({ name, value: null });
  }
  return fields;
}

/** A name may be a secret as well, where somebody has mistaken one for the other. */
function isPlainName(name: string, conceal: (text: string) => string): boolean {
  return (
    name.length <= LONGEST_NAME &&
    /^[a-z][a-z0-9-]*$/.test(name) &&
    !/\d[a-z\d]{7}|[a-z\d]{20}/.test(name) &&
    !SECRET.test(name) &&
    redact(name) === name &&
    conceal(name) === name
  );
}

/** An address without what stands behind its question mark, where people put what is not for everybody. */
function withoutQuery(name: string, value: string): string {
  return /referer$|^origin$/.test(name) ? value.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//") : value;
}

function cut(text: string): string {
  return (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`).toWellFormed();
}
