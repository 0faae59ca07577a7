import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { characters, mostSeconds, soundLength, toldSeconds } from "./sound.ts";

/** A WAV file of so many bytes of sound; `told`: what its header says there is. */
function wav(
  bytes: number,
  { rate = 16_000, channels = 1, bits = 16, told = bytes, before = Buffer.alloc(0) } = {},
): Buffer {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + told, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  // Nobody reads it, so a lie does no harm.
  head.writeUInt32LE(1, 28);
  head.writeUInt16LE((channels * bits) / 8, 32);
  head.writeUInt16LE(bits, 34);
  head.write("data", 36);
  head.writeUInt32LE(told, 40);
  return Buffer.concat([head.subarray(0, 36), before, head.subarray(36), Buffer.alloc(bytes)]);
}

function flac(samples: number, rate: number): Buffer {
  const file = Buffer.alloc(42);
  file.write("fLaC", 0);
  file.writeUInt32BE(((rate << 12) | (1 << 9)) >>> 0, 18);
  file.writeUInt8((0xf0 | Math.floor(samples / 2 ** 32)) & 0xff, 21);
  file.writeUInt32BE(samples % 2 ** 32, 22);
  return file;
}

function opus(samples: number, skipped = 312): Buffer {
  const page = (granule: number, body: Buffer) => {
    const head = Buffer.alloc(28);
    head.write("OggS", 0);
    head.writeBigInt64LE(BigInt(granule), 6);
    head.writeUInt8(1, 26);
    head.writeUInt8(body.length, 27);
    return Buffer.concat([head, body]);
  };
  const first = Buffer.alloc(40);
  first.write("OpusHead", 0);
  first.writeUInt16LE(skipped, 10);
  return Buffer.concat([page(0, first), page(960, Buffer.alloc(100)), page(samples + skipped, Buffer.alloc(100))]);
}

function mp4(seconds: number, { long = false } = {}): Buffer {
  const box = (name: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + body.length, 0);
    head.write(name, 4);
    return Buffer.concat([head, body]);
  };
  const film = Buffer.alloc(100);
  if (long) {
    film.writeUInt8(1, 0);
    film.writeUInt32BE(600, 20);
    film.writeBigUInt64BE(BigInt(seconds * 600), 24);
  } else {
    film.writeUInt32BE(600, 12);
    film.writeUInt32BE(seconds * 600, 16);
  }
  return Buffer.concat([
    box("ftyp", Buffer.from("M4A mp42")),
    box("mdat", Buffer.alloc(300)),
    box("moov", box("mvhd", film)),
  ]);
}

/** MPEG 2, layer III, 32 kbit/s, 24 kHz, one channel: 96 bytes and 576 samples a frame. */
function mp3(frames: number, { tag = 0, xing }: { tag?: number; xing?: number } = {}): Buffer {
  const frame = Buffer.alloc(96);
  frame.set([0xff, 0xf3, 0x44, 0xc4]);
  const all = Buffer.concat(Array.from({ length: frames }, () => frame));
  if (xing !== undefined) {
    all.write("Xing", 13);
    all.writeUInt32BE(1, 17);
    all.writeUInt32BE(xing, 21);
  }
  if (tag === 0) return all;
  const head = Buffer.alloc(10 + tag);
  head.write("ID3", 0);
  head.set([0, 0, tag >> 7, tag & 0x7f], 6);
  return Buffer.concat([head, all]);
}

/** WebM as a browser records it: the sizes of its segment and clusters are not known. */
function webm(
  clusters: readonly (readonly number[])[],
  { scale, grouped = false }: { scale?: number; grouped?: boolean } = {},
): Buffer {
  const element = (id: number[], body: Buffer | number[]) => Buffer.from([...id, 0x40, body.length, ...body]);
  const number = (value: number) => [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  const unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  const info = scale === undefined ? [] : [0x2a, 0xd7, 0xb1, 0x83, ...number(scale)];
  const block = (time: number) => {
    const said = [0x81, (time >> 8) & 255, time & 255, 0x80, ...Array(60).fill(7)];
    return grouped ? element([0xa0], element([0xa1], said)) : element([0xa3], said);
  };
  return Buffer.concat([
    element([0x1a, 0x45, 0xdf, 0xa3], Buffer.from("\x42\x82\x84webm", "latin1")),
    Buffer.from([0x18, 0x53, 0x80, 0x67, ...unknown, ...info]),
    ...clusters.flatMap(([base, ...times]) => [
      Buffer.from([...CLUSTER, ...unknown]),
      element([0xe7], number(base!)),
      ...times.map(block),
    ]),
  ]);
}
const CLUSTER = [0x1f, 0x43, 0xb6, 0x75];

describe("a header tells", () => {
  test.each<[string, Buffer, number]>([
    ["WAV", wav(64_000), 2],
    ["WAV of two channels at 44.1 kHz", wav(176_400, { rate: 44_100, channels: 2 }), 1],
    ["WAV with something before the sound", wav(32_000, { before: Buffer.from("LIST\x04\0\0\0abcd", "latin1") }), 1],
    [
      "WAV with an odd piece before the sound",
      wav(32_000, { before: Buffer.from("LIST\x03\0\0\0abc\0", "latin1") }),
      1,
    ],
    ["WAV of a recorder that did not know the size", wav(48_000, { told: 0xff_ff_ff_ff - 36 }), 1.5],
    ["WAV of one that wrote none", wav(48_000, { told: 0 }), 1.5],
    ["WAV with something behind the sound", Buffer.concat([wav(32_000), Buffer.alloc(999)]), 1],
    ["WAV that was cut", wav(64_000).subarray(0, 44 + 32_000), 1],
    ["FLAC", flac(88_200, 44_100), 2],
    ["FLAC of more samples than 32 bits count", flac(2 ** 32 + 48_000, 48_000), 2 ** 32 / 48_000 + 1],
    ["Opus in Ogg", opus(96_000), 2],
    ["MP4", mp4(7), 7],
    ["MP4 of the long kind", mp4(7, { long: true }), 7],
    [
      "WebM, by its last block",
      webm([
        [0, 0, 60, 120],
        [5000, 0, 60, 2500],
      ]),
      7.5,
    ],
    [
      "WebM of another scale",
      webm(
        [
          [0, 0],
          [300, 50],
        ],
        { scale: 10_000_000 },
      ),
      3.5,
    ],
    ["WebM whose blocks stand in groups", webm([[1000, 0, 500]], { grouped: true }), 1.5],
    ["MP3", mp3(125), 3],
    ["MP3 behind a tag", mp3(125, { tag: 300 }), 3],
    ["MP3 of any rate, that counts its frames", mp3(50, { xing: 250 }), 6],
  ])("%s", (_, file, seconds) => {
    expect(toldSeconds(file)).toBe(seconds);
    expect(soundLength(file)).toEqual({ seconds: Math.ceil(seconds), guessed: false });
    expect(mostSeconds(file)).toBe(Math.ceil(seconds));
  });

  test("wherever the file stands in memory", () => {
    const file = wav(64_000);
    const within = Buffer.concat([Buffer.alloc(7), file, Buffer.alloc(9)]).subarray(7, 7 + file.length);
    expect(toldSeconds(within)).toBe(2);
  });
});

describe("what does not tell is guessed by its size", () => {
  test.each<[string, Buffer]>([
    ["words", Buffer.alloc(8000, "no sound at all ")],
    ["a WAV without a format", Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEdata", "latin1"), Buffer.alloc(7984)])],
    ["a FLAC stream that does not know its end", Buffer.concat([flac(0, 44_100), Buffer.alloc(7958)])],
    ["an MP4 that comes in fragments", Buffer.concat([mp4(0).subarray(0, 16), Buffer.alloc(7984)])],
    ["a WebM without a cluster", Buffer.concat([webm([]), Buffer.alloc(8000 - webm([]).length)])],
    ["an MP3 of a free rate", Buffer.concat([Buffer.from([0xff, 0xf3, 0x04, 0xc4]), Buffer.alloc(7996)])],
  ])("%s", (_, file) => {
    expect(soundLength(file)).toEqual({ seconds: 2, guessed: true });
    expect(mostSeconds(file)).toBe(4);
  });

  test("nothing is nothing", () => {
    expect(soundLength(new Uint8Array())).toEqual({ seconds: 0, guessed: true });
  });
});

test("whatever bytes there are, and wherever a file is cut, it ends and the length is a number from 0", () => {
  const heads = [wav(100), flac(5, 8000), opus(960), mp4(1), webm([[9, 1, 2]]), mp3(3, { tag: 20, xing: 3 })];
  const file = fc
    .tuple(fc.constantFrom(...heads), fc.nat(400), fc.uint8Array({ maxLength: 300 }))
    .map(([head, cut, rest]) => Buffer.concat([head.subarray(0, cut), rest]));
  fc.assert(
    fc.property(file, (bytes) => {
      for (const seconds of [soundLength(bytes).seconds, mostSeconds(bytes)])
        expect(Number.isSafeInteger(seconds) && seconds >= 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test.each<[string, number]>([
  ["", 0],
  ["Grüße", 5],
  ["👍🏽", 2],
  ["a\ud83d", 2],
  ["\udc4da", 2],
])("%j has %d characters", (text, count) => {
  expect(characters(text)).toBe(count);
});

test("what is there is a second at the least, whatever it says", () => {
  expect(mostSeconds(mp4(0))).toBe(1);
  expect(mostSeconds(new Uint8Array())).toBe(0);
});

test("who sends a file of countless pieces is not looked through to its end", () => {
  const pieces = (head: Buffer, piece: string) => Buffer.concat([head, Buffer.alloc(1_000_000, piece, "latin1")]);
  const ends = Buffer.concat([Buffer.from("data\x00\x00\x00\x00", "latin1"), Buffer.alloc(16_000)]);
  expect(toldSeconds(Buffer.concat([pieces(wav(0).subarray(0, 36), "LIST\0\0\0\0"), ends]))).toBeUndefined();
  expect(
    toldSeconds(Buffer.concat([pieces(Buffer.from("\0\0\0\x10ftypM4A mp42", "latin1"), "\0\0\0\x08free"), mp4(3)])),
  ).toBeUndefined();
});
