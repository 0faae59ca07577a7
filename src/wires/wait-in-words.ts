/**
 * "Please try again in 1m47.5854s", "… in 399ms" (https://github.com/OpenHands/OpenHands/pull/4167,
 * https://github.com/continuedev/continue/issues/2343), "Please retry in 48.9s" (https://github.com/google-gemini/gemini-cli/issues/4692).
 */
const WORDS = /\b(?:try again|retry) in (?:(\d{1,3})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,6}(?:\.\d{1,12})?)(m?s))?(?![\w])/i;

/** `google.rpc.RetryInfo`, also where Google's models are told in OpenAI's format: https://cloud.google.com/apis/design/errors */
const RETRY_INFO = /"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,12})?)s"/;

/** How long a provider asks us to wait in what it says, in milliseconds; `undefined` where it does not. */
export function waitInWords({ message = "", body }: { message?: string; body: string }): number | undefined {
  const [, hours, minutes, rest, unit] = WORDS.exec(message) ?? [];
  if (hours !== undefined || minutes !== undefined || rest !== undefined) {
    const seconds = Number(rest ?? 0) / (unit?.toLowerCase() === "ms" ? 1000 : 1);
    return Math.ceil((Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + seconds) * 1000);
  }
  const told = RETRY_INFO.exec(body)?.[1];
  return told === undefined ? undefined : Math.ceil(Number(told) * 1000);
}
