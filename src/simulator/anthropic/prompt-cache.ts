import { hash } from "../chance.ts";

/** A part of a prompt, in the order in which the provider reads it. */
export interface PromptPart {
  tokens: number;
  /** What makes it different from another part. */
  text: () => string;
  /** How long the prompt up to here is to be kept; `null` where it carries no mark. */
  mark: "5m" | "1h" | null;
}

/** Tokens of one prompt by what the cache did for them. What is left of it was read as plain input. */
export interface CacheUse {
  read: number;
  written5m: number;
  written1h: number;
}

const NOTHING: CacheUse = { read: 0, written5m: 0, written1h: 0 };
const KEPT_LIMIT = 100_000;

/**
 * The beginnings of prompts the provider has seen. A beginning is kept up to each mark; a later prompt reads the longest
 * one it shares. Simpler than the real one: there is no least length, and nothing is forgotten while the simulator runs.
 */
export class PromptCache {
  private readonly kept = new Set<number>();

  use(model: string, parts: readonly PromptPart[]): CacheUse {
    const last = parts.findLastIndex((part) => part.mark !== null);
    if (last < 0) return NOTHING;
    let beginning = hash(model);
    let tokens = 0;
    const use = { ...NOTHING };
    const marked: { beginning: number; tokens: number; mark: "5m" | "1h" }[] = [];
    for (const part of parts.slice(0, last + 1)) {
      beginning = hash(part.text(), beginning);
      tokens += part.tokens;
      if (this.kept.has(beginning)) use.read = tokens;
      if (part.mark !== null) marked.push({ beginning, tokens, mark: part.mark });
    }
    let written = use.read;
    for (const at of marked) {
      this.keep(at.beginning);
      if (at.tokens <= written) continue;
      if (at.mark === "1h") use.written1h += at.tokens - written;
      else use.written5m += at.tokens - written;
      written = at.tokens;
    }
    return use;
  }

  private keep(beginning: number): void {
    if (this.kept.size >= KEPT_LIMIT) this.kept.clear();
    this.kept.add(beginning);
  }
}
