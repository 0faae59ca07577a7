import type { HeaderFields } from "../core/headers.ts";

/** Where providers tell by which name their own people find a request: most, Anthropic, AWS, Azure. */
const FIELDS = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id"];

/** No id is longer, and none has other characters. */
const ID = /^[\w.:=+/-]{1,128}$/;

/** The provider's name for a request, or `undefined` where it tells none that could be one; a secret that it was shown is none. */
export function requestIdOf(headers: HeaderFields, credential: { isIn(text: string): boolean }): string | undefined {
  for (const field of FIELDS) {
    const told = headers.get(field);
    if (told !== null && ID.test(told) && !credential.isIn(told)) return told;
  }
  return undefined;
}
