import type { JsonObject, JsonValue } from "./json.ts";

export const CSV_TYPE = "text/csv; charset=utf-8";
export const JSON_LINES_TYPE = "application/jsonl; charset=utf-8";

/** What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection), also behind spaces that it leaves out. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
const QUOTED = /[",\r\n]|^\s|\s$/;

/** A line of a table (RFC 4180). Lists are JSON, what is not told is empty. */
export function csvLine(values: readonly (JsonValue | undefined)[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

/** Rows as a table: these columns, whether any row has something there or not, and one for each further member, in the order in which they come. */
export function csvOf(rows: readonly JsonObject[], first: readonly string[] = []): string {
  const columns = [...new Set([...first, ...rows.flatMap((row) => Object.keys(row))])];
  return csvLine(columns) + rows.map((row) => csvLine(columns.map((column) => row[column]))).join("");
}

function cell(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return decimal(value);
  if (typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Without an exponent where nine decimals say all of it: nanodollars are such. */
function decimal(value: number): string {
  const text = String(value);
  if (!text.includes("e-")) return text;
  const fixed = value.toFixed(9);
  return Number(fixed) === value ? fixed.replace(/(?<!0)0+$/, "") : text;
}
