/** Formats of sound that OpenAI writes, and what it calls them in the head of an answer. */
export const SOUND_TYPES: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

/** How long a token of text is spoken, in milliseconds: four frames of MP3. */
export const TOKEN_MS = 96;

const RATE = 24_000;
const SAMPLES = (RATE * TOKEN_MS) / 1000;

/** MPEG 2, layer III, 32 kbit/s, 24 kHz, one channel: 24 ms of silence, since nothing is said of any frequency. */
const FRAME = `\xff\xf3\x44\xc4${"\0".repeat(92)}`;

/** 440 Hz, 16 bits, one channel: what one token sounds like. */
const TONE = toneOf(SAMPLES);

/**
 * The beginning of a file of this format, each byte a character. Its length is nowhere told, as by OpenAI, who begins to
 * send while it speaks.
 */
export function soundHead(format: string): string {
  if (format === "wav") return wavHead();
  return { opus: "OggS", aac: "\xff\xf1", flac: "fLaC" }[format] ?? "";
}

/** One token of text in sound, each byte a character. Of formats that take a library to write only the beginning is right. */
export function soundOfToken(format: string): string {
  return format === "wav" || format === "pcm" ? TONE : FRAME.repeat(4);
}

function wavHead(): string {
  const head = Buffer.alloc(44);
  head.write("RIFF\xff\xff\xff\xffWAVEfmt ", 0, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data\xff\xff\xff\xff", 36, "latin1");
  return head.toString("latin1");
}

function toneOf(samples: number): string {
  const tone = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i++)
    tone.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / RATE)), i * 2);
  return tone.toString("latin1");
}

/** Seconds of a sound file that a client sent, each byte a character: by the head of a WAV file, or by its size. */
export function secondsOf(file: string): number {
  if (!file.startsWith("RIFF") || file.slice(8, 16) !== "WAVEfmt ") return file.length / 4000;
  const bytes = Buffer.from(file.slice(0, 4096), "latin1");
  const data = bytes.indexOf("data");
  return data < 0 ? file.length / 4000 : (file.length - data - 8) / bytes.readUInt32LE(28);
}
