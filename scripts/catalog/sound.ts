import { other, type Row } from "./row.ts";

/** A price for a minute of sound, or for an hour, as vendors print it, for each second. */
const minute = (usd: number) => ({ seconds: usd / 60 });
const hour = (usd: number) => ({ seconds: usd / 3600 });

const OPENAI = "https://developers.openai.com/api/docs/models";

/** Shorter files cost as much as those of ten seconds. */
const GROQ = { least: { seconds: 10 } };
const GROQS = "https://console.groq.com/docs/speech-to-text (2026-11)";

/** What is spoken, and what is written down. No price list has them: all prices are typed by hand. */
export const SOUND: readonly Row[] = [
  other("speech", "openai/tts-1", "TTS-1", {
    openai: { upstream: "tts-1", price: { characters: 15 }, from: `${OPENAI}/tts-1 (2026-11)` },
  }),
  other("speech", "openai/tts-1-hd", "TTS-1 HD", {
    openai: { upstream: "tts-1-hd", price: { characters: 30 }, from: `${OPENAI}/tts-1-hd (2026-11)` },
  }),
  other("speech", "openai/gpt-4o-mini-tts", "GPT-4o mini TTS", {
    openai: {
      upstream: "gpt-4o-mini-tts",
      price: { input: 0.6, output: 12 },
      from: `${OPENAI}/gpt-4o-mini-tts (2026-11)`,
    },
  }),
  other("speech", "mistral/voxtral-mini-tts-3", "Voxtral Mini TTS 3", {
    mistral: {
      upstream: "voxtral-mini-tts-3-0",
      price: { characters: 13 },
      from: "https://micdrop.dev/blog/mistral-voice-agent-voxtral-3 (2026-11-01)",
    },
  }),
  other("speech", "hexgrad/kokoro-82m", "Kokoro 82M", {
    openrouter: "hexgrad/kokoro-82m",
    togetherai: "hexgrad/Kokoro-82M",
  }),
  // Its price has changed since the page that tells one (https://docs.x.ai/developers/models/text-to-speech, 2026-04): none is known.
  other("speech", "xai/grok-tts", "Grok Text to Speech", { xai: { upstream: "grok-tts", unpriced: true } }),
  other("transcription", "openai/whisper-1", "Whisper", {
    openai: { upstream: "whisper-1", price: minute(0.006), from: `${OPENAI}/whisper-1 (2026-11)` },
  }),
  other("transcription", "openai/gpt-transcribe", "GPT Transcribe", {
    openai: { upstream: "gpt-transcribe", price: minute(0.0045), from: `${OPENAI}/gpt-transcribe (2026-11)` },
  }),
  other("transcription", "openai/gpt-4o-transcribe", "GPT-4o Transcribe", {
    openai: {
      upstream: "gpt-4o-transcribe",
      price: { input: 2.5, output: 10 },
      from: `${OPENAI}/gpt-4o-transcribe (2026-11)`,
    },
  }),
  other("transcription", "openai/gpt-4o-mini-transcribe", "GPT-4o mini Transcribe", {
    openai: {
      upstream: "gpt-4o-mini-transcribe",
      price: { input: 1.25, output: 5 },
      from: `${OPENAI}/compare?model=gpt-4o-mini-transcribe (2026-11)`,
    },
  }),
  other("transcription", "openai/whisper-large-v3", "Whisper Large v3", {
    groq: {
      upstream: "whisper-large-v3",
      price: { ...hour(0.111), ...GROQ },
      from: GROQS,
    },
  }),
  other("transcription", "openai/whisper-large-v3-turbo", "Whisper Large v3 Turbo", {
    groq: {
      upstream: "whisper-large-v3-turbo",
      price: { ...hour(0.04), ...GROQ },
      from: GROQS,
    },
  }),
  other("transcription", "mistral/voxtral-small-transcribe-3", "Voxtral Small Transcribe 3", {
    mistral: {
      upstream: "voxtral-small-transcribe-3-0",
      price: minute(0.004),
      from: "https://vercel.com/ai-gateway/models/voxtral-small-transcribe-3 (2026-11)",
    },
  }),
];
