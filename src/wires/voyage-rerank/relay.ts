import type { Ask } from "../../core/ask.ts";
import type { Dropped } from "../../core/request.ts";
import { relayRequest as relayCohere } from "../cohere-rerank/relay.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";

export { relayAnswer } from "../cohere-rerank/relay.ts";

/** What it knows. Arguments beside these are refused: https://github.com/410979729/scope-recall-hermes/issues/88 (2026-09) */
const KNOWN = new Set(["model", "query", "documents", "top_k", "truncation"]);

/** A body of Cohere's as Voyage takes it: the number of results is `top_k`, and how much of a document is read is its own affair. */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const { body: written, dropped: before } = relayCohere(ask, leg);
  const { top_n, ...body } = written;
  const dropped = new Set<Dropped>(before);
  if (top_n !== undefined && top_n !== null) body.top_k ??= top_n;
  for (const name in body) {
    if (KNOWN.has(name)) continue;
    if (body[name] !== null) dropped.add(name);
    delete body[name];
  }
  return { body, dropped: [...dropped] };
}
