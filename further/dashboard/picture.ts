import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;

/**
 * The same picture in 256 colours: a third of the size, and hardly another to the eye where it shows a page. The same in, the same out.
 * @param png as browsers write it: eight bits a channel, not interlaced @throws Error for any other
 */
export function inFewColours(png: Uint8Array): Buffer {
  const { width, height, rgb } = pixelsOf(Buffer.from(png));
  const counts = new Map<number, number>();
  for (const colour of rgb) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const boxes = cut([...counts].map(([colour, count]) => ({ colour, count })));
  const indexOf = new Map<number, number>();
  const palette = Buffer.alloc(boxes.length * 3);
  for (const [index, box] of boxes.entries()) {
    palette.writeUIntBE(meanOf(box), index * 3, 3);
    for (const { colour } of box) indexOf.set(colour, index);
  }
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indexOf.get(rgb[y * width + x]!)!;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", palette),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

interface Seen {
  readonly colour: number;
  readonly count: number;
}

const CHANNELS = [16, 8, 0] as const;

/** Median cut: the box of the most that differs is halved until there are enough. */
function cut(all: Seen[]): Seen[][] {
  const boxes = [all];
  while (boxes.length < COLOURS) {
    let [widest, worst, by] = [-1, 0, 16 as number];
    for (const [i, box] of boxes.entries())
      for (const channel of CHANNELS) {
        const values = box.map(({ colour }) => (colour >> channel) & 255);
        const spread = Math.max(...values) - Math.min(...values);
        const weight = spread * Math.sqrt(box.reduce((sum, { count }) => sum + count, 0));
        if (weight > worst) [widest, worst, by] = [i, weight, channel];
      }
    if (widest < 0) break;
    const box = boxes[widest]!.toSorted(
      (a, b) => ((a.colour >> by) & 255) - ((b.colour >> by) & 255) || a.colour - b.colour,
    );
    const half = box.reduce((sum, { count }) => sum + count, 0) / 2;
    let [at, sum] = [0, 0];
    while (at < box.length - 1 && sum + box[at]!.count <= half) sum += box[at++]!.count;
    at = Math.max(1, at);
    boxes.splice(widest, 1, box.slice(0, at), box.slice(at));
  }
  return boxes;
}

/** What is most of a box stays as it is: grounds and texts are no mixtures. */
function meanOf(box: readonly Seen[]): number {
  const total = box.reduce((sum, { count }) => sum + count, 0);
  const most = box.reduce((a, b) => (b.count > a.count ? b : a));
  if (most.count > total / 2) return most.colour;
  return CHANNELS.reduce<number>((mixed, channel) => {
    const mean = box.reduce((sum, { colour, count }) => sum + ((colour >> channel) & 255) * count, 0) / total;
    return mixed | (Math.round(mean) << channel);
  }, 0);
}

/** Each pixel as `0xRRGGBB`, row after row. */
function pixelsOf(png: Buffer): { width: number; height: number; rgb: Uint32Array } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [depth, type, , , interlaced] = png.subarray(24, 29);
  if (depth !== 8 || (type !== 2 && type !== 6) || interlaced !== 0)
    throw new Error("It is not written as browsers do.");
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const bytes = inflateSync(Buffer.concat(parts));
  const size = type === 2 ? 3 : 4;
  const stride = width * size;
  const rgb = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const filter = bytes[y * (stride + 1)]!;
    const line = Uint8Array.from(bytes.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let i = 0; i < stride; i++) {
      const [left, up, corner] = [i < size ? 0 : line[i - size]!, above[i]!, i < size ? 0 : above[i - size]!];
      line[i] = line[i]! + foretold(filter, left, up, corner);
    }
    for (let x = 0; x < width; x++)
      rgb[y * width + x] = (line[x * size]! << 16) | (line[x * size + 1]! << 8) | line[x * size + 2]!;
    above = line;
  }
  return { width, height, rgb };
}

function foretold(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function chunk(name: string, content: Buffer): Buffer {
  const framed = Buffer.alloc(content.length + 12);
  framed.writeUInt32BE(content.length, 0);
  framed.write(name, 4, "latin1");
  framed.set(content, 8);
  framed.writeUInt32BE(Bun.hash.crc32(framed.subarray(4, -4)), content.length + 8);
  return framed;
}
