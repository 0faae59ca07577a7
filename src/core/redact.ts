/** What secrets of this field look like: vendors' key prefixes, ours, and whatever stands behind `Bearer`. */
const SECRET =
  /\b(?:sk|pk|rk|gsk|xai|hg|hga|vck|csk|fw|nvapi|pplx|tgp|hf|r8|key|glpat|ghp)[-_][A-Za-z0-9*_.-]{6,}|\bAIza[A-Za-z0-9_-]{20,}|\bAKIA[A-Z0-9]{12,}|\bBearer\s+[^\s"',;]+/gi;

/** The text with everything that looks like a secret taken out: for errors of strangers, who may repeat what they were sent. */
export function redact(text: string): string {
  return text.replace(SECRET, "[redacted]");
}
