import { readByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Answer } from "../upstream/answer.ts";
import type { Passage } from "./passage.ts";

/** Why a provider gave no answer, by one that it gave with another status than 200. */
export function refusalOf({ status, headers, whole }: Answer, passage: Passage): GatewayError {
  if (status >= 400) return passage.refusal(status, dated(headers), readByteText(whole!));
  return new GatewayError("upstream_malformed", `The provider answered with status ${status}, which is not followed.`);
}

/** Whoever receives an answer without a date notes the time (https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1). */
function dated(headers: HeaderFields): HeaderFields {
  if (headers.get("date") !== null) return headers;
  const date = new Date().toUTCString();
  return { get: (name) => (name === "date" ? date : headers.get(name)) };
}
