import { GatewayError } from "../core/error.ts";
import type { Part, Request, Source, Turn } from "../core/request.ts";

/** Whether a wire needs the file itself where the client named its address. */
export type Inlines = (url: string, kind: Part["kind"]) => boolean;

/** Files of one request that are fetched: more is an attack, or a mistake. */
const FILES_CAP = 20;

/** Addresses in a request that a wire cannot pass on, each once. @throws GatewayError `unsupported` for too many */
export function addressesIn({ turns }: Request, inlines: Inlines): string[] {
  const urls = new Set<string>();
  const look = (parts: readonly Part[]): void => {
    for (const part of parts) {
      if (part.kind === "tool-result") look(part.parts);
      else if ("source" in part && part.source.from === "url" && inlines(part.source.url, part.kind))
        urls.add(part.source.url);
    }
  };
  for (const { parts } of turns) look(parts);
  if (urls.size > FILES_CAP) {
    const message = `${urls.size} files would have to be fetched from their addresses, and at most ${FILES_CAP} are; send the others themselves.`;
    throw new GatewayError("unsupported", message);
  }
  return [...urls];
}

export const NO_FILES: ReadonlyMap<string, Source> = new Map();

/** The request with these files in it, in place of their addresses. */
export function inlined(request: Request, files: ReadonlyMap<string, Source>): Request {
  if (files.size === 0) return request;
  const within = (parts: readonly Part[]): Part[] =>
    parts.map((part) => {
      if (part.kind === "tool-result") return { ...part, parts: within(part.parts) };
      const file = "source" in part && part.source.from === "url" ? files.get(part.source.url) : undefined;
      return file === undefined ? part : ({ ...part, source: file } as Part);
    });
  return { ...request, turns: request.turns.map((turn): Turn => ({ ...turn, parts: within(turn.parts) })) };
}
