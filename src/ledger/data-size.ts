/** Longest edge and most tokens of a picture, and how many of its pixels make a token. https://platform.claude.com/docs/en/build-with-claude/vision#evaluate-image-size */
const LONGEST_EDGE = 1568;
const MOST_TOKENS = 1600;
const PIXELS_PER_TOKEN = 750;

/** A page is read and looked at: 1,500 to 3,000 tokens. https://platform.claude.com/docs/en/build-with-claude/pdf-support#estimate-your-costs */
const TOKENS_PER_PAGE = 2000;
/** Bytes that make about a page where the file does not tell how many there are, and most of what a request may have. */
const BYTES_PER_PAGE = 75_000;
const MOST_PAGES = 600;

/** How much of a PDF's beginning and end is looked at, in bytes. */
const LOOKED_AT = 3072;
/** JPEGs have their size behind whatever their camera had to say. */
const MOST_SEGMENTS = 64;

/**
 * About how many tokens a picture or a PDF is, by Anthropic's rules, between which and OpenAI's and Google's there is less than factor two.
 * Reads the few bytes that tell its size: never all of it.
 * @param data base64, or a `data:` address of it
 * @returns 0 for whatever else it is
 */
export function dataTokens(data: string): number {
  const base64 = new Base64(data);
  if (base64.text(0, 5) === "%PDF-") return Math.min(pagesOf(base64), MOST_PAGES) * TOKENS_PER_PAGE;
  const size = pictureSize(base64);
  if (size === undefined) return 0;
  const [width, height] = size;
  if (width === 0 || height === 0) return MOST_TOKENS;
  const scale = Math.min(1, LONGEST_EDGE / Math.max(width, height));
  return Math.min(MOST_TOKENS, Math.ceil((width * height * scale * scale) / PIXELS_PER_TOKEN));
}

/** Pages, as far as the file says so in the open; else guessed from its size. */
function pagesOf(pdf: Base64): number {
  const ends = pdf.text(0, LOOKED_AT) + pdf.text(Math.max(LOOKED_AT, pdf.size - LOOKED_AT), LOOKED_AT);
  const told =
    /\/Linearized\b(?:(?!\/Linearized)[^>])*?\/N (\d+)/.exec(ends) ??
    /\/Type ?\/Pages\b(?:(?!\/Type ?\/Pages)[^>])*?\/Count (\d+)/.exec(ends) ??
    /\/Count (\d+)(?!\d)(?:(?!\/Count )[^>])*?\/Type ?\/Pages\b/.exec(ends);
  return Math.max(1, told === null ? Math.ceil(pdf.size / BYTES_PER_PAGE) : Number(told[1]));
}

/** Width and height in pixels, zeros for a picture that does not tell them at once; `undefined` for what is none. */
function pictureSize(base64: Base64): [width: number, height: number] | undefined {
  const head = base64.bytes(0, 30);
  const word = head.toString("latin1");
  if (head.length < 30) return undefined;
  if (word.startsWith("\x89PNG")) return [head.readUInt32BE(16), head.readUInt32BE(20)];
  if (word.startsWith("GIF8")) return [head.readUInt16LE(6), head.readUInt16LE(8)];
  if (word.startsWith("\xff\xd8\xff")) return jpegSize(base64);
  if (word.startsWith("RIFF") && word.startsWith("WEBP", 8)) return webpSize(head, word.slice(12, 16));
  // HEIC and AVIF: where their size stands is no matter of a few bytes.
  return /^ftyp(hei|hev|mif|avi)/.test(word.slice(4)) ? [0, 0] : undefined;
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(head: Buffer, kind: string): [number, number] {
  if (kind === "VP8X") return [head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1];
  if (kind === "VP8 ") return [head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff];
  const bits = head.readUInt32LE(21);
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
}

/** From segment to segment, up to the one that begins a frame. https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.1.1.3) */
function jpegSize(base64: Base64): [number, number] {
  let at = 2;
  for (let i = 0; i < MOST_SEGMENTS; i++) {
    const segment = base64.bytes(at, 9);
    if (segment.length < 9 || segment[0] !== 0xff) break;
    const marker = segment[1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return [segment.readUInt16BE(7), segment.readUInt16BE(5)];
    at += 2 + segment.readUInt16BE(2);
  }
  return [0, 0];
}

/** Bytes of a text in base64, of which only those that are asked for are decoded. */
class Base64 {
  private readonly data: string;
  private readonly start: number;

  constructor(data: string) {
    this.data = data;
    this.start = data.startsWith("data:") ? data.indexOf(",") + 1 : 0;
  }

  /** About how many bytes there are. */
  get size(): number {
    return Math.floor(((this.data.length - this.start) * 3) / 4);
  }

  bytes(from: number, count: number): Buffer {
    const skipped = from % 3;
    const start = this.start + ((from - skipped) / 3) * 4;
    const end = start + Math.ceil((skipped + count) / 3) * 4;
    return Buffer.from(this.data.slice(start, end), "base64").subarray(skipped, skipped + count);
  }

  text(from: number, count: number): string {
    return this.bytes(from, count).toString("latin1");
  }
}
