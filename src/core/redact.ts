/**
 * What secrets of this field look like: vendors' key prefixes and ours; `key-` where a digit follows, since much else is
 * called so; cloud credentials, tokens of OAuth, JWTs; long hexadecimal, which is how the rest write theirs; and whatever
 * stands behind `Bearer`. Every repetition is bounded by what may follow it, so that no text makes this slow.
 */
const SECRET =
  /\b(?:sk|pk|rk|gsk|xai|hg|hga|hgs|hgl|vck|csk|fw|nvapi|pplx|tgp|hf|r8|glpat|ghp)[-_][A-Za-z0-9*_.-]{6,}|\bkey[-_](?=[a-z_.-]{0,40}[0-9*])[A-Za-z0-9*_.-]{6,}|\bAIza[A-Za-z0-9_-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bya29\.[A-Za-z0-9_.-]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]{8,}|\b[0-9a-f]{32,}\b|\bBearer\s+[^\s"',;]+/gi;

/** The text with everything that looks like a secret taken out: for errors of strangers, who may repeat what they were sent. */
export function redact(text: string): string {
  return text.replace(SECRET, REDACTED);
}

const REDACTED = "[redacted]";

/** The same for a text that was said in pieces: what looks like a secret only in many of them together stands in none of those that are returned. */
export function redactPieces(pieces: readonly string[]): string[] {
  const secrets = [...pieces.join("").matchAll(SECRET)].map(
    ({ 0: { length }, index }) => [index, index + length] as const,
  );
  if (secrets.length === 0) return [...pieces];
  let next = 0;
  let at = 0;
  return pieces.map((piece) => {
    const end = at + piece.length;
    let kept = "";
    let from = at;
    while (next < secrets.length && secrets[next]![0] < end) {
      const [begin, over] = secrets[next]!;
      // It begins here, or has begun before.
      if (begin >= at) kept += piece.slice(from - at, begin - at) + REDACTED;
      from = Math.min(over, end);
      if (over > end) break;
      next++;
    }
    kept += piece.slice(from - at);
    at = end;
    return kept;
  });
}
