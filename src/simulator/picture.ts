import { hash } from "./chance.ts";

const SIDE = 8;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A small picture in PNG, of one colour that is the text's own, in base64. https://www.w3.org/TR/png-3/ */
export function pictureOf(text: string): string {
  const seed = hash(text);
  const colour = [seed & 255, (seed >>> 8) & 255, (seed >>> 16) & 255];
  const line = Buffer.from([0, ...Array.from({ length: SIDE }, () => colour).flat()]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  // Eight bits for each of three colours.
  head.set([8, 2, 0, 0, 0], 8);
  // Loaded with the first picture: it takes 4 MB.
  const { deflateSync } = process.getBuiltinModule("node:zlib");
  const pixels = deflateSync(Buffer.concat(Array.from({ length: SIDE }, () => line)));
  const chunks = [chunk("IHDR", head), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...chunks]).toString("base64");
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(Bun.hash.crc32(named));
  return Buffer.concat([length, named, sum]);
}
