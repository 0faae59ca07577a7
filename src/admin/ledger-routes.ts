import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { usdNumber } from "../core/money.ts";
import { CSV_TYPE, csvLine, csvOf, JSON_LINES_TYPE } from "../core/table-text.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { correctionOf, generationInfo } from "../ledger/generation-info.ts";
import { readAlarmQuery, readPageQuery } from "../ledger/generation-query.ts";
import { type Latency, MOST_OF_SINGLES, readLatency, toldLatency } from "../ledger/latency-report.ts";
import { columnsOf, readReport, toldReport } from "../ledger/report.ts";
import { toldPlan } from "../ledger/routing-record.ts";
import { type Stretch, UNIT_MS } from "../ledger/stretch.ts";
import type { AlarmRow } from "../store/alarms.ts";
import type { Correction } from "../store/corrections.ts";
import type { PageQuery } from "../store/generation-pages.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { PaceRow } from "../store/pace-report.ts";
import type { ReportStore } from "../store/reports.ts";
import type { SinglePaceRow } from "../store/single-paces.ts";
import { audit } from "./audit.ts";
import type { Caller } from "./caller.ts";
import type { AlarmPage, GenerationPage, ListedGeneration, ShownGeneration, ShownRouting } from "./contract.ts";
import { shownBeside, toldBodies } from "./generation-shown.ts";
import { keyNamesOf, listedGeneration, whose } from "./generation-told.ts";
import type { Line, Route } from "./routes.ts";
import { answered, ok } from "./told.ts";

/** What only some generations have: a table has a column for each, behind all others, whatever its first row has. */
const SOMETIMES = ["provider_cost", "correction", "unpriced"];

/** Rows that an export reads at once: nobody else has a turn while they are written down. */
const EXPORTED = 250;

/** Who takes nothing of an export for so long has no more of it. */
const STALLED_MS = 300_000;

/** What was used, by whom, and what it cost. */
export const LEDGER_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/usage",
    role: "viewer",
    takesBody: false,
    answer: async ({ gateway, query }) => {
      const asked = new URLSearchParams(query);
      const [format = "json", ...more] = asked.getAll("format");
      asked.delete("format");
      if ((format !== "json" && format !== "csv") || more.length > 0)
        throw new GatewayError("invalid_request", "format must be json or csv.", { param: "format" });
      const report = readReport(asked, undefined, true);
      const { question, since } = await recent(gateway.reports, report.question);
      const rows = await gateway.reports.sums(question);
      const isNamed = report.groupings.includes("api_key_name");
      const ids = isNamed ? rows.map(({ key }) => String(key)) : [];
      const names = await keyNamesOf(gateway, ids);
      const results = await toldReport(report, rows, (id) => names.get(id));
      return format === "csv"
        ? { ...ok({}), text: { type: CSV_TYPE, content: csvOf(results, columnsOf(report)) } }
        : ok({ results, ...since });
    },
  },
  {
    method: "GET",
    path: "/admin/latency",
    role: "viewer",
    takesBody: false,
    answer: async ({ gateway, query }) => {
      const latency = readLatency(query);
      const { rows, ...since } = await pacesOf(gateway.reports, latency);
      const data = await toldLatency(latency, rows);
      return ok({ object: "list", data, has_more: false, next: null, ...since });
    },
  },
  {
    method: "GET",
    path: "/admin/generations",
    role: "viewer",
    takesBody: false,
    answer: async ({ gateway, query, line, caller }) => {
      const { format, ...wanted } = readPageQuery(query);
      const entries = async (rows: readonly GenerationRow[]) => {
        const corrected = await gateway.reports.corrections(rows);
        const names = await keyNamesOf(
          gateway,
          rows.map(({ keyId }) => keyId),
        );
        return rows.map(
          (row) => listedGeneration(row, names.get(row.keyId), corrected.get(row.id)) satisfies ListedGeneration,
        );
      };
      if (format !== "json") {
        const type = format === "csv" ? CSV_TYPE : JSON_LINES_TYPE;
        const text = { type, content: exported(gateway, wanted, format, entries, line, caller) };
        return { ...ok({}), text, fields: { connection: "close" } };
      }
      const { rows, next } = await gateway.reports.search(wanted);
      const data = await entries(rows);
      return ok({ object: "list", data, has_more: next !== undefined, next: next ?? null } satisfies GenerationPage);
    },
  },
  {
    method: "GET",
    path: "/admin/generations/{id}",
    role: "viewer",
    takesBody: false,
    answer: async ({ gateway, admin, id }) => {
      const row = await found(gateway, id);
      const corrections = await gateway.corrections.of(id);
      const names = await keyNamesOf(gateway, [row.keyId]);
      const corrected = correctionOf(corrections);
      const info = generationInfo(row, corrected);
      const { mode, zdr, dropped } = row;
      const shown = {
        ...whose(row, names.get(row.keyId)),
        ...info,
        mode,
        zero_data_retention: zdr,
        dropped: dropped === null ? [] : (JSON.parse(dropped) as string[]),
        plan: toldPlan(row),
        routing: info.routing as unknown as ShownRouting,
        corrections: corrections.map(toldCorrection),
        ...(await shownBeside({ gateway, admin }, row, corrected)),
      } satisfies ShownGeneration;
      return answered(shown);
    },
  },
  {
    method: "GET",
    path: "/admin/generations/{generation}/bodies",
    // What people said.
    role: "admin",
    takesBody: false,
    answer: async (call) => {
      const id = call.params.generation!;
      const row = await call.gateway.bodies.find(id);
      if (row === undefined)
        throw new GatewayError("not_found", `Nothing is kept of what generation ${id.slice(0, 80)} was asked.`);
      // Who has read what people said is written down like a change.
      audit(call, "generation.read", id);
      return answered(toldBodies(row));
    },
  },
  {
    method: "GET",
    path: "/admin/alarms",
    role: "viewer",
    takesBody: false,
    answer: async ({ gateway, query }) => {
      const { limit, before } = readAlarmQuery(query);
      const rows = await gateway.reports.alarms(limit + 1, before);
      const told = rows.slice(0, limit);
      const more = rows.length > told.length;
      const next = more ? told.at(-1)!.id : null;
      return ok({ object: "list", data: told.map(toldAlarm), has_more: more, next } satisfies AlarmPage);
    },
  },
];

/** By the minute a report is made of single requests: of so many at the most, the latest. */
async function recent<Question extends Stretch>(
  reports: Pick<ReportStore, "since">,
  question: Question,
): Promise<{ question: Question; since: { since?: string } }> {
  const from = question.unit === "minute" ? await reports.since(question.from, question.to) : undefined;
  if (from === undefined) return { question, since: {} };
  return { question: { ...question, from }, since: { since: momentOf(from) } };
}

/** What is asked for, and since when it is told where that is not of all of its time. */
export async function pacesOf(
  reports: Pick<ReportStore, "since" | "paces" | "singlePaces">,
  { question: asked, singles }: Latency,
): Promise<{ rows: readonly (PaceRow | SinglePaceRow)[]; since?: string; latest?: number }> {
  if (singles === undefined) {
    const { question, since } = await recent(reports, asked);
    return { rows: await reports.paces(question), ...since };
  }
  const minutes = UNIT_MS[singles.unit] / UNIT_MS.minute;
  const [from, to] = [singles.from * minutes, (singles.to + 1) * minutes - 1];
  const since = await reports.since(from, to, MOST_OF_SINGLES);
  const rows = await reports.singlePaces({ ...singles, since });
  return { rows, latest: MOST_OF_SINGLES, ...(since === undefined ? {} : { since: momentOf(since) }) };
}

function momentOf(unixMinute: number): string {
  return new Date(unixMinute * UNIT_MS.minute).toISOString();
}

/** @throws GatewayError `not_found` */
export async function found({ reports }: Gateway, id: string): Promise<GenerationRow> {
  const row = await reports.find(id);
  if (row === undefined) throw new GatewayError("not_found", `Generation ${id.slice(0, 80)} not found.`);
  return row;
}

function toldAlarm({ id, createdAt, kind, target, detail }: AlarmRow) {
  return { id, created_at: new Date(createdAt).toISOString(), kind, target, detail: JSON.parse(detail) as JsonObject };
}

export function toldCorrection({ id, generationId, cost, reason, createdAt }: Correction) {
  const created = new Date(createdAt).toISOString();
  return { id, generation_id: generationId, adjustment_usd: usdNumber(cost), reason, created_at: created };
}

/** All of them, page by page, as fast as they are taken. */
function exported(
  { reports, complain }: Gateway,
  wanted: PageQuery,
  format: "csv" | "jsonl",
  entries: (rows: readonly GenerationRow[]) => Promise<JsonObject[]>,
  line: Line,
  caller: Caller,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let before = wanted.before;
  let columns: string[] | undefined;
  let left = false;
  let stall: Timer | undefined;
  // It may take longer than a connection that is only written to is left open.
  line.keep();
  const lineOf = (told: JsonObject): string => {
    if (format === "jsonl") return `${JSON.stringify(told)}\n`;
    const all = columns ?? [...Object.keys(told).filter((name) => !SOMETIMES.includes(name)), ...SOMETIMES];
    const head = columns === undefined ? csvLine(all) : "";
    columns = all;
    return head + csvLine(all.map((column) => told[column]));
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall);
        try {
          if (!(await caller.isStillIn())) {
            controller.error(new GatewayError("signed_out", "The session is over."));
            line.leave();
            return;
          }
          const rows = await reports.page({ ...wanted, before, limit: EXPORTED });
          const last = rows.at(-1);
          const lines = last === undefined ? [] : (await entries(rows)).map(lineOf);
          if (left) return;
          if (last !== undefined) controller.enqueue(encoder.encode(lines.join("")));
          before = last?.id;
          if (rows.length === EXPORTED) {
            stall = setTimeout(line.cut, STALLED_MS);
            return;
          }
          controller.close();
          line.leave();
        } catch (thrown) {
          // It is cut off: an end would look like that of the table.
          complain("export", thrown);
          controller.error(thrown);
          line.leave();
        }
      },
      cancel() {
        left = true;
        clearTimeout(stall);
      },
    },
    { highWaterMark: 0 },
  );
}
