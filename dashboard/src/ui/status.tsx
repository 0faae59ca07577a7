import type { ListedGeneration } from "../../../src/admin/contract.ts";
import { Badge, Dot, type Tone } from "./badge.tsx";

/** How a request ended, in a word. */
export interface Status {
  readonly tone: Tone;
  readonly word: string;
  /** The code of an error, or how the answer ended. */
  readonly told: string;
}

const FINISHES: Readonly<Record<string, readonly [tone: Tone, word: string]>> = {
  length: ["warn", "Cut at its length"],
  "content-filter": ["warn", "Filtered"],
  refusal: ["warn", "Refused"],
  pause: ["neutral", "Paused"],
};

export function statusOf({ error, finish_reason: finish }: Pick<ListedGeneration, "error" | "finish_reason">): Status {
  if (error === "client_closed") return { tone: "neutral", word: "Client left", told: error };
  if (error !== null) return { tone: "bad", word: wordOf(error), told: error };
  const [tone, word] = FINISHES[finish ?? ""] ?? ["good", "OK"];
  return { tone, word, told: finish ?? "ok" };
}

/** `upstream_rate_limited` → `Rate limited` */
function wordOf(code: string): string {
  const words = code.replace(/^upstream_/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function StatusWord({ one }: { one: Pick<ListedGeneration, "error" | "finish_reason"> }) {
  const { tone, word, told } = statusOf(one);
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={told}>
      <Dot tone={tone} />
      <span className={tone === "bad" ? "truncate text-bad" : "truncate"}>{word}</span>
    </span>
  );
}

export function StatusBadge({ one }: { one: Pick<ListedGeneration, "error" | "finish_reason"> }) {
  const { tone, word, told } = statusOf(one);
  return (
    <Badge tone={tone} title={told}>
      {word}
    </Badge>
  );
}
