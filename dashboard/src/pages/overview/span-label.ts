const CLOCK = { hour: "2-digit", minute: "2-digit" } as const satisfies Intl.DateTimeFormatOptions;
const DAY = { day: "numeric", month: "short" } as const satisfies Intl.DateTimeFormatOptions;

/** `12 Nov, 03:00 – 09:00`, in the viewer's zone; days alone where it is of whole ones there. @param to Unix milliseconds, as `from`: not part of it */
export function spanLabel({ from, to }: { from: number; to: number }): string {
  const [start, end] = [new Date(from), new Date(to)];
  if (isMidnight(start) && isMidnight(end)) {
    const [first, last] = [told(start, DAY), told(new Date(to - 1), DAY)];
    return first === last ? first : `${first} – ${last}`;
  }
  const isOneDay = start.toDateString() === new Date(to - 1).toDateString();
  return `${told(start, { ...DAY, ...CLOCK })} – ${told(end, isOneDay ? CLOCK : { ...DAY, ...CLOCK })}`;
}

function isMidnight(at: Date): boolean {
  return at.getHours() === 0 && at.getMinutes() === 0;
}

function told(at: Date, options: Intl.DateTimeFormatOptions): string {
  return at.toLocaleString("en-GB", options);
}
