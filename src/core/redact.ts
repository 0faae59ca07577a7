/**
 * What secrets of this field look like: vendors' key prefixes and ours; `key-` where a digit follows, since much else is
 * called so; cloud credentials, tokens of OAuth, JWTs; long hexadecimal, which is how the rest write theirs; and whatever
 * stands behind `Bearer`. Every repetition is bounded by what may follow it, so that no text makes this slow.
 */
const SECRET =
  /\b(?:sk|pk|rk|gsk|xai|hg|hga|vck|csk|fw|nvapi|pplx|tgp|hf|r8|glpat|ghp)[-_][A-Za-z0-9*_.-]{6,}|\bkey[-_](?=[a-z_.-]{0,40}[0-9*])[A-Za-z0-9*_.-]{6,}|\bAIza[A-Za-z0-9_-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bya29\.[A-Za-z0-9_.-]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]{8,}|\b[0-9a-f]{32,}\b|\bBearer\s+[^\s"',;]+/gi;

/** The text with everything that looks like a secret taken out: for errors of strangers, who may repeat what they were sent. */
export function redact(text: string): string {
  return text.replace(SECRET, "[redacted]");
}
