/** How something went, as a line without figures: those stand beside it. It goes through what is known. */
export function Spark({ values }: { values: readonly (number | null)[] }) {
  const most = Math.max(...values.map((value) => value ?? 0));
  const points = values.flatMap((value, i) => {
    if (value === null) return [];
    const x = values.length < 2 ? 50 : (i / (values.length - 1)) * 100;
    const y = 23 - (most === 0 ? 0 : (value / most) * 21);
    return [`${x.toFixed(1)},${y.toFixed(1)}`];
  });
  // A line of one point would not be seen.
  const [only] = points;
  const drawn = points.length === 1 ? [only!, `${Number.parseFloat(only!) + 1},${only!.split(",")[1]}`] : points;
  return (
    <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" className="h-6 w-full text-accent">
      <polyline
        points={drawn.join(" ")}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
