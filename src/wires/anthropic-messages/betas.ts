import type { Ask } from "../../core/ask.ts";
import type { Dropped } from "../../core/request.ts";
import type { LegFacts } from "../wire.ts";

const BETA = "anthropic-beta";

/** Betas that say who asks, or ask for what everyone has by now: without them nothing is otherwise. */
const NO_LOSS: ReadonlySet<string> = new Set([
  "claude-code-20250219",
  "oauth-2025-04-20",
  "effort-2025-11-24",
  "extended-cache-ttl-2025-04-11",
  "fine-grained-tool-streaming-2025-05-14",
  "pdfs-2024-09-25",
  "prompt-caching-2024-07-31",
  "structured-outputs-2025-11-13",
  "token-counting-2024-11-01",
]);

/** What the client asked for in header fields, as far as this provider takes it. */
export function headersOf(
  told: Ask["headers"],
  { betas }: LegFacts,
  dropped: Set<Dropped>,
): Record<string, string> | undefined {
  const asked = told?.[BETA];
  if (asked === undefined) return undefined;
  const names = asked.split(",").map((name) => name.trim());
  const taken = names.filter((name) => betas === undefined || betas.includes(name));
  for (const name of names) if (!taken.includes(name) && !NO_LOSS.has(name)) dropped.add(`${BETA}: ${name}`);
  return taken.length === 0 ? undefined : { [BETA]: taken.join(",") };
}
