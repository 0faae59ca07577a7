/** Bytes of a second of speech as recorders usually pack it (32 kbit/s), for a file that does not say how long it is. */
const BYTES_PER_SECOND = 4000;
/** … and as tightly as most do (16 kbit/s), for what must not be too little. */
const FEWEST_BYTES_PER_SECOND = 2000;

/** Characters of a text as those count them who are paid for each: what takes two units of UTF-16 is one. */
export function characters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) count--;
  }
  return count;
}

/** How long a sound file is, in whole seconds that have begun, and whether its own header says so. */
export interface SoundLength {
  readonly seconds: number;
  /** It was guessed from the size of the file. */
  readonly guessed: boolean;
}

/** About how long a sound file is. */
export function soundLength(bytes: Uint8Array): SoundLength {
  const told = toldSeconds(bytes);
  return told === undefined
    ? { seconds: Math.ceil(bytes.length / BYTES_PER_SECOND), guessed: true }
    : { seconds: Math.ceil(told), guessed: false };
}

/** The most seconds that a sound file may have, as far as anybody can tell: what is reserved for it. */
export function mostSeconds(bytes: Uint8Array): number {
  const least = bytes.length === 0 ? 0 : 1;
  return Math.max(least, Math.ceil(toldSeconds(bytes) ?? bytes.length / FEWEST_BYTES_PER_SECOND));
}

/**
 * Seconds by the header of a WAV, FLAC, MP3, Ogg, MP4 or WebM file, with the digits behind the point. `undefined` for another
 * format, or where the header does not tell.
 */
export function toldSeconds(bytes: Uint8Array): number | undefined {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const told = wav(file) ?? flac(file) ?? ogg(file) ?? mp4(file) ?? webm(file) ?? mp3(file);
  return told !== undefined && Number.isFinite(told) && told >= 0 ? told : undefined;
}

/** So many pieces of a file are looked at: whoever sends more of them may wait for another. */
const PIECES = 1000;

/** http://soundfile.sapp.org/doc/WaveFormat/. A recorder that streams does not know the size: it writes 0, or the most there is. */
function wav(file: DataView): number | undefined {
  if (!says(file, 0, "RIFF") || !says(file, 8, "WAVE")) return undefined;
  let bytesPerSecond = 0;
  for (let at = 12, piece = 0; at + 8 <= file.byteLength && piece < PIECES; piece++) {
    const size = file.getUint32(at + 4, true);
    const body = at + 8;
    // What decoders go by: the rate in bytes is a member that nobody reads.
    if (says(file, at, "fmt ") && body + 16 <= file.byteLength)
      bytesPerSecond = file.getUint32(body + 4, true) * file.getUint16(body + 12, true);
    if (says(file, at, "data")) {
      const left = file.byteLength - body;
      return bytesPerSecond === 0 ? undefined : (size === 0 ? left : Math.min(size, left)) / bytesPerSecond;
    }
    at = body + size + (size % 2);
  }
  return undefined;
}

/** https://www.rfc-editor.org/rfc/rfc9639#section-8.2 */
function flac(file: DataView): number | undefined {
  if (!says(file, 0, "fLaC") || file.byteLength < 26) return undefined;
  const rate = file.getUint32(18) >>> 12;
  const samples = (file.getUint8(21) & 0x0f) * 2 ** 32 + file.getUint32(22);
  return rate === 0 || samples === 0 ? undefined : samples / rate;
}

/** Bytes of a page of Ogg, with its head. */
const LONGEST_PAGE = 65_307;

/** The last page tells how many samples there are. https://www.rfc-editor.org/rfc/rfc3533#section-6, Opus: https://www.rfc-editor.org/rfc/rfc7845#section-4 */
function ogg(file: DataView): number | undefined {
  if (!says(file, 0, "OggS") || file.byteLength < 64) return undefined;
  const head = 27 + file.getUint8(26);
  const isOpus = says(file, head, "OpusHead");
  if (!isOpus && !says(file, head + 1, "vorbis")) return undefined;
  const rate = isOpus ? 48_000 : file.getUint32(head + 12, true);
  for (let at = file.byteLength - 27; at > Math.max(0, file.byteLength - LONGEST_PAGE); at--) {
    if (!says(file, at, "OggS")) continue;
    const samples = Number(file.getBigInt64(at + 6, true)) - (isOpus ? file.getUint16(head + 10, true) : 0);
    return rate === 0 || samples < 0 ? undefined : samples / rate;
  }
  return undefined;
}

/** The header of the film, wherever it stands. ISO/IEC 14496-12, 8.2.2 */
function mp4(file: DataView): number | undefined {
  if (!says(file, 4, "ftyp")) return undefined;
  let [at, end] = [0, file.byteLength];
  for (let piece = 0; at + 8 <= end && piece < PIECES; piece++) {
    const size = file.getUint32(at);
    const [wide, body] = size === 1 ? [true, at + 16] : [false, at + 8];
    if (body > end) return undefined;
    if (says(file, at + 4, "moov")) {
      at = body;
      continue;
    }
    if (says(file, at + 4, "mvhd")) {
      if (body + 32 > end) return undefined;
      const long = file.getUint8(body) === 1;
      const scale = file.getUint32(body + (long ? 20 : 12));
      const length = long ? Number(file.getBigUint64(body + 24)) : file.getUint32(body + 16);
      return scale === 0 ? undefined : length / scale;
    }
    const whole = wide ? Number(file.getBigUint64(at + 8)) : size;
    if (whole < 8) return undefined;
    at += whole;
  }
  return undefined;
}

const EBML = 0x1a45dfa3;
const CLUSTER = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
const SCALE = Buffer.from([0x2a, 0xd7, 0xb1]);
/** Bytes of a cluster: browsers begin one every few seconds. */
const LONGEST_CLUSTER = 4 * 1024 * 1024;

/**
 * By the time of the last block: browsers write as they record, and tell no length.
 * https://www.rfc-editor.org/rfc/rfc9559#section-5.1.3, elements: https://www.rfc-editor.org/rfc/rfc8794#section-5
 */
function webm(file: DataView): number | undefined {
  if (file.byteLength < 64 || file.getUint32(0) !== EBML) return undefined;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const tail = bytes.subarray(Math.max(0, bytes.length - LONGEST_CLUSTER));
  const cluster = tail.lastIndexOf(CLUSTER);
  if (cluster < 0) return undefined;
  let at = bytes.length - tail.length + cluster + 4;
  at += widthAt(file, at);
  let [base, last]: [number | undefined, number] = [undefined, 0];
  for (let piece = 0; at + 8 <= bytes.length && piece < PIECES * 100; piece++) {
    const id = file.getUint8(at);
    const sizeAt = at + widthAt(file, at);
    const body = sizeAt + widthAt(file, sizeAt);
    const size = numberAt(file, sizeAt, body - sizeAt) - 2 ** (7 * (body - sizeAt));
    if (size < 0) break;
    if (id === 0xe7) base = numberAt(file, body, size);
    // A block begins with its track, and how long behind its cluster it is.
    else if ((id === 0xa3 || id === 0xa1) && body + 10 <= bytes.length)
      last = Math.max(last, file.getInt16(body + widthAt(file, body)));
    at = id === 0xa0 ? body : body + size;
  }
  const told = bytes.subarray(0, 4096).indexOf(SCALE);
  const scale = told < 0 ? 1_000_000 : numberAt(file, told + 4, file.getUint8(told + 3) & 0x7f);
  return base === undefined ? undefined : ((base + last) * scale) / 1e9;
}

/** Bytes of an element's id or size, by the zeros that it begins with. Never none, so that whoever walks on comes to an end. */
function widthAt(file: DataView, at: number): number {
  return at < file.byteLength ? Math.min(8, Math.clz32(file.getUint8(at)) - 23) : 1;
}

function numberAt(file: DataView, at: number, size: number): number {
  let value = 0;
  for (let i = at; i < Math.min(at + Math.min(size, 8), file.byteLength); i++) value = value * 256 + file.getUint8(i);
  return value;
}

/** kbit/s of MPEG audio of layer III by its index: version 1, and 2 and 2.5. http://www.mp3-tech.org/programmer/frame_header.html */
const KBITS = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const RATES = [44_100, 48_000, 32_000];

/** By the count of frames that an encoder left in the first of them, or else as if all had the rate of the first. */
function mp3(file: DataView): number | undefined {
  const start = says(file, 0, "ID3") && file.byteLength > 10 ? 10 + syncSafe(file, 6) : 0;
  if (start + 4 > file.byteLength) return undefined;
  const header = file.getUint32(start);
  const version = (header >>> 19) & 3;
  // Eleven bits, and layer III.
  if (header >>> 21 !== 0x7ff || ((header >>> 17) & 3) !== 1 || version === 1) return undefined;
  const kbits = KBITS[version === 3 ? 0 : 1][(header >>> 12) & 15];
  const base = RATES[(header >>> 10) & 3];
  if (kbits === undefined || kbits === 0 || base === undefined) return undefined;
  const rate = version === 3 ? base : version === 2 ? base / 2 : base / 4;
  const isMono = ((header >>> 6) & 3) === 3;
  const at = start + 4 + (version === 3 ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  const isCounted = says(file, at, "Xing") || says(file, at, "Info");
  const bytesPerSecond = kbits * 125;
  if (isCounted && at + 12 <= file.byteLength && (file.getUint8(at + 7) & 1) === 1)
    return (file.getUint32(at + 8) * (version === 3 ? 1152 : 576)) / rate;
  return (file.byteLength - start) / bytesPerSecond;
}

/** Seven bits of each byte. https://id3.org/id3v2.4.0-structure */
function syncSafe(file: DataView, at: number): number {
  let size = 0;
  for (let i = 0; i < 4; i++) size = size * 128 + (file.getUint8(at + i) & 0x7f);
  return size;
}

function says(file: DataView, at: number, word: string): boolean {
  if (at < 0 || at + word.length > file.byteLength) return false;
  for (let i = 0; i < word.length; i++) if (file.getUint8(at + i) !== word.charCodeAt(i)) return false;
  return true;
}
