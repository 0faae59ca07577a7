import { ALIBABA } from "./alibaba.ts";
import { ANTHROPIC } from "./anthropic.ts";
import { DEEPSEEK, MINIMAX, MOONSHOT, ZAI } from "./china.ts";
import { GOOGLE } from "./google.ts";
import { IMAGES } from "./images.ts";
import { MISTRAL } from "./mistral.ts";
import { OPENAI, XAI } from "./openai.ts";
import { COHERE, EMBEDDINGS, META, NVIDIA, PERPLEXITY, SMALL_LABS } from "./others.ts";
import type { Row } from "./row.ts";
import { SOUND } from "./sound.ts";

export const ROWS: readonly Row[] = [
  ...ALIBABA,
  ...ANTHROPIC,
  ...COHERE,
  ...DEEPSEEK,
  ...EMBEDDINGS,
  ...GOOGLE,
  ...IMAGES,
  ...META,
  ...MINIMAX,
  ...MISTRAL,
  ...MOONSHOT,
  ...NVIDIA,
  ...OPENAI,
  ...PERPLEXITY,
  ...SMALL_LABS,
  ...SOUND,
  ...XAI,
  ...ZAI,
];
