/** What people try, each in ways in which it may slip by. */
const TRIED = [
  "' OR '1'='1",
  "' OR 1=1 --",
  "'; DROP TABLE keys; --",
  "'; DELETE FROM generations; --",
  "' UNION SELECT id, hash, name FROM keys --",
  "') OR EXISTS (SELECT 1 FROM settings) --",
  "'||(SELECT value FROM settings LIMIT 1)||'",
  '" OR ""="',
  '"; DROP TABLE "keys"; --',
  "1; ATTACH DATABASE '/tmp/x' AS x",
  "1 OR 1=1",
  "admin'/*",
  "\\'; DROP TABLE keys; --",
  "%' OR name LIKE '%",
  "_%",
  "?",
  "$1",
  ":name",
  "@p1",
  "?1; SELECT",
  "'); INSERT INTO budgets VALUES ('x'); --",
  "' AND (SELECT COUNT(*) FROM keys) > 0 --",
  "'; SELECT pg_sleep(10); --",
  "$$; SELECT 1; $$",
  "`id`",
];
const WAYS = [
  (text: string) => text,
  (text: string) => text.toUpperCase(),
  (text: string) => text.replaceAll(" ", "/**/"),
  (text: string) => text.replaceAll(" ", "\t"),
  (text: string) => text.replaceAll("'", "''"),
  (text: string) => text.replaceAll("'", "\u2019"),
  (text: string) => text.replaceAll("'", "%27"),
  (text: string) => `x${text}`,
  (text: string) => `${text}\\`,
  (text: string) => `${text}\u0000`,
  (text: string) => encodeURIComponent(text),
  (text: string) => `(${text})`,
];
/** By which each is found again, wherever it went. */
export const marked = (n: number) => `zq${String(n).padStart(4, "0")}zq`;
export const MARK = /zq\d{4}zq/i;

/** So many of them, of all kinds: at most 300. */
export function sqlTexts(count: number): string[] {
  const all = TRIED.flatMap((text) => WAYS.map((way) => way(text))).map((text, n) => `${text}${marked(n)}`);
  return all.filter((_, n) => n % Math.ceil(all.length / count) === 0).slice(0, count);
}
