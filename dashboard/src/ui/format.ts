/** How numbers and times are written, everywhere alike. */

const whole = new Intl.NumberFormat("en-US");
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** `1,234,567` */
export function count(value: number): string {
  return whole.format(value);
}

/** `1.2M` */
export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(Math.round(value)) : short.format(value);
}

/** Dollars as people read them: cents from a dollar on, three figures below, down to the nanodollar. */
export function usd(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "$0.00";
  if (size >= 1)
    return `${sign}$${size.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  const places = Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(size))));
  return `${sign}$${trimmed(size.toFixed(places))}`;
}

/** Dollars to the nanodollar, as they are counted. */
export function exactUsd(value: number): string {
  const size = Math.abs(value);
  const [dollars = "0", rest = ""] = trimmed(size.toFixed(9)).split(".");
  return `${value < 0 ? "−" : ""}$${whole.format(Number(dollars))}.${rest}`;
}

/** Without zeros at its end that say nothing; two places stay. */
function trimmed(text: string): string {
  return text.replace(/(\.\d\d\d*?)0+$/, "$1");
}

/** `12 ms`, `1.24 s`, `3 min 20 s` */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
  // What is rounded up to a minute is one.
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1.4 MB` */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `84 tok/s`, of output tokens a second */
export function speed(value: number): string {
  return `${value < 10 ? value.toFixed(1) : compact(value)} tok/s`;
}

/** `12.4 %` of a share from 0 to 1; more figures where it is near to all. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value > 99 && value < 100) return `${Math.min(99.99, Number(value.toFixed(2)))} %`;
  return `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

/** `3 min ago`, `in 2 h` */
export function relative(at: Date, now: number): string {
  const seconds = Math.round((at.getTime() - now) / 1000);
  const size = Math.abs(seconds);
  const told = (value: number, unit: string) => (seconds <= 0 ? `${value} ${unit} ago` : `in ${value} ${unit}`);
  if (size < 5) return "now";
  if (size < 60) return told(size, "s");
  if (size < 3600) return told(Math.round(size / 60), "min");
  if (size < 48 * 3600) return told(Math.round(size / 3600), "h");
  return told(Math.round(size / 86_400), "days");
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** In the viewer's zone: the time of today, with the day before that. */
export function moment(at: Date): string {
  return at.toDateString() === new Date().toDateString() ? clock.format(at) : dayAndClock.format(at);
}

/** In the viewer's zone. */
export function day(at: Date): string {
  return date.format(at);
}

/** `2026-11-26 04:02:55 UTC` */
export function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
