import { admitReader } from "../access/authenticate.ts";
import { EACH } from "../access/budget.ts";
import { GatewayError } from "../core/error.ts";
import { isGenerationId } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import { usd } from "../core/money.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { correctionOf, generationInfo } from "../ledger/generation-info.ts";
import { readReport, toldReport } from "../ledger/report.ts";

/** What a key has used, as the hosted gateway tells it (contract 3.9): a key learns of itself, the admin token of everybody. */

/** Of one request. @throws GatewayError `not_found` for another key's as for none */
export async function generation(
  { snapshot, reports, generations, corrections }: Gateway,
  headers: Headers,
  query: string,
): Promise<JsonObject> {
  const key = await admitReader(snapshot.keys, headers);
  const id = new URLSearchParams(query).get("id");
  if (id === null || id === "")
    throw new GatewayError("invalid_request", "Name the generation: ?id=gen_…", { param: "id" });
  if (!isGenerationId(id)) {
    throw new GatewayError("invalid_request", '"id" must be gen_ and 26 characters, as replies have it.', {
      param: "id",
    });
  }
  const row = await (key === undefined ? reports.find(id) : generations.find(id, key.id));
  if (row === undefined) throw new GatewayError("not_found", `Generation ${id} not found.`, { param: "id" });
  const info = generationInfo(row, correctionOf(await corrections.of(id)));
  // The AI SDK wants texts, also of what nobody has answered or ended.
  return { data: { ...info, provider_name: row.provider ?? "", finish_reason: row.finish ?? "error" } };
}

/** Sums of many, by what is asked. */
export async function report({ snapshot, reports }: Gateway, headers: Headers, query: string): Promise<JsonObject> {
  const key = await admitReader(snapshot.keys, headers);
  const asked = readReport(new URLSearchParams(query), key?.id);
  const rows = await reports.sums(asked.question);
  const names = asked.groupings.includes("api_key_name")
    ? await reports.keyNames(rows.map((row) => String(row.key)))
    : undefined;
  return { results: await toldReport(asked, rows, (id) => names?.get(id)) };
}

/** Of whom no budget asks anything: a number to whoever reads it as one. */
const UNLIMITED = "Infinity";

/** What was spent since there are sums, and what is left of the tightest budget, in dollars. */
export async function credits({ snapshot, reports }: Gateway, headers: Headers): Promise<JsonObject> {
  const key = await admitReader(snapshot.keys, headers);
  const limits = await reports.limits(key, Date.now());
  // One's own budgets take the place of those that each has.
  const inForce = limits.filter(
    ({ scope, scopeId }) => scopeId !== EACH || !limits.some((one) => one.scope === scope && one.scopeId !== EACH),
  );
  const left = inForce.flatMap(({ limit, used, soft }) => (soft === 1 ? [] : [Math.max(0, limit - Number(used))]));
  const used = await reports.charged(key?.id);
  return { balance: left.length === 0 ? UNLIMITED : usd(Math.min(...left)), total_used: usd(used) };
}
