import { usd } from "../core/money.ts";
import type { Counter, Histogram, Label } from "./instruments.ts";
import type { Metrics } from "./metrics.ts";

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What is not counted but looked at. */
export interface Moment {
  readonly version: string;
  readonly runtime: string;
  /** Requests whose reply is not over. */
  readonly inFlight: number;
  /** Rows that are not on disk yet. */
  readonly ledgerLag: number;
  /** Rows that are kept beside the database. */
  readonly rowsWaiting: number;
  /** What is out of reach, or fails: `database`, `redis`. */
  readonly missing: readonly string[];
  /** Every circuit there is: 0 closed, 1 half-open, 2 open. */
  readonly circuits: readonly { readonly provider: string; readonly model: string; readonly state: number }[];
  /** Spans for the collector: waiting, sent, and lost because it did not keep up. Absent where there is none. */
  readonly spans: { readonly waiting: number; readonly sent: number; readonly dropped: number } | undefined;
  /** Unix seconds. */
  readonly startedAt: number;
  readonly residentBytes: number;
}

/** Everything in the text format of Prometheus. */
export function exposition(metrics: Metrics, now: Moment): string {
  const { spans } = now;
  return [
    counter("headgate_requests_total", "Replies by door and status.", ["door", "status"], metrics.requests),
    counter("headgate_errors_total", "Errors that clients were told of, by code.", ["code"], metrics.errors),
    counter("headgate_attempts_total", "Attempts by provider and outcome.", ["provider", "outcome"], metrics.attempts),
    counter(
      "headgate_resends_total",
      "Requests that were sent once more, as a kept connection broke behind them.",
      ["provider"],
      metrics.resends,
    ),
    counter(
      "headgate_fallbacks_total",
      "Generations that went on to another endpoint than the first.",
      ["outcome"],
      metrics.fallbacks,
    ),
    counter("headgate_tokens_total", "Units by meter.", ["provider", "model", "meter"], metrics.tokens),
    counter("headgate_cost_usd_total", "What was spent.", ["provider", "model"], metrics.cost, usd),
    histogram("headgate_generation_duration_seconds", "Whole generations, by door.", "door", metrics.durations),
    histogram(
      "headgate_time_to_first_token_seconds",
      "Of streams, from the beginning of the attempt.",
      "provider",
      metrics.firstTokens,
    ),
    histogram("headgate_output_tokens_per_second", "Of streams.", "provider", metrics.speeds),
    gauge("headgate_streams_open", "Streams that are not over.", metrics.streamsOpen),
    gauge("headgate_requests_in_flight", "Requests whose reply is not over.", now.inFlight),
    gauge("headgate_ledger_lag_rows", "Rows that are not on disk yet.", now.ledgerLag),
    gauge(
      "headgate_ledger_waiting_rows",
      "Rows that are kept beside the database until it takes them.",
      now.rowsWaiting,
    ),
    headed("headgate_missing", "gauge", "1 where it is out of reach or fails.", [
      ...["database", "redis"].map((what) =>
        line("headgate_missing", { what }, now.missing.includes(what) ? "1" : "0"),
      ),
    ]),
    headed(
      "headgate_circuit_state",
      "gauge",
      "0 closed, 1 half-open, 2 open: the worst of an endpoint's credentials.",
      [
        ...now.circuits.map(({ provider, model, state }) =>
          line("headgate_circuit_state", { provider, model }, String(state)),
        ),
      ],
    ),
    spans === undefined
      ? ""
      : headed("headgate_spans_total", "counter", "Spans for the collector, by what became of them.", [
          line("headgate_spans_total", { outcome: "sent" }, String(spans.sent)),
          line("headgate_spans_total", { outcome: "dropped" }, String(spans.dropped)),
        ]) + gauge("headgate_spans_waiting", "Spans that are not sent yet.", spans.waiting),
    headed("headgate_build_info", "gauge", "Which program this is.", [
      line("headgate_build_info", { version: now.version, runtime: now.runtime }, "1"),
    ]),
    gauge("process_start_time_seconds", "When it began.", now.startedAt),
    gauge("process_resident_memory_bytes", "What it takes.", now.residentBytes),
  ].join("");
}

function headed(name: string, type: string, help: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function gauge(name: string, help: string, value: number): string {
  return headed(name, "gauge", help, [line(name, {}, String(value))]);
}

function counter(
  name: string,
  help: string,
  labels: readonly string[],
  { cells }: Counter,
  written: (value: number) => string = String,
): string {
  const lines = cells.map((cell) => {
    const named = Object.fromEntries(labels.map((label, i) => [label, cell.labels[i]!]));
    return line(name, named, written(cell.value));
  });
  return headed(name, "counter", help, lines);
}

function histogram(name: string, help: string, label: string, { bounds, spreads }: Histogram): string {
  const lines = [...spreads].flatMap(([value, { counts, sum }]) => {
    let below = 0;
    const buckets = counts.map((count, i) => {
      below += count;
      return line(`${name}_bucket`, { [label]: value, le: bounds[i] ?? "+Inf" }, String(below));
    });
    return [
      ...buckets,
      line(`${name}_sum`, { [label]: value }, String(sum)),
      line(`${name}_count`, { [label]: value }, String(below)),
    ];
  });
  return headed(name, "histogram", help, lines);
}

function line(name: string, labels: Readonly<Record<string, Label>>, value: string): string {
  const named = Object.entries(labels).map(([label, told]) => `${label}="${escaped(String(told))}"`);
  return `${name}${named.length === 0 ? "" : `{${named.join(",")}}`} ${value}\n`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
