const SIZE = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/;

/**
 * The shape of an image of this size (`1536x1024`) among those that there are (`3:2`): the nearest, and whether it is just that one.
 * `undefined` for what is no size.
 */
export function aspectRatioOf(size: string, known: readonly string[]): { ratio: string; isExact: boolean } | undefined {
  const parts = SIZE.exec(size);
  if (parts === null) return undefined;
  const wanted = Math.log(Number(parts[1]) / Number(parts[2]));
  let [ratio = "1:1"] = known;
  for (const one of known) if (distance(one, wanted) < distance(ratio, wanted)) ratio = one;
  return { ratio, isExact: distance(ratio, wanted) < 1e-9 };
}

function distance(ratio: string, wanted: number): number {
  const [width = 1, height = 1] = ratio.split(":").map(Number);
  return Math.abs(Math.log(width / height) - wanted);
}
