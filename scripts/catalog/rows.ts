import { ALIBABA } from "./alibaba.ts";
import { ANTHROPIC } from "./anthropic.ts";
import { DEEPSEEK, MINIMAX, MOONSHOT, ZAI } from "./china.ts";
import { GOOGLE } from "./google.ts";
import { IMAGES } from "./images.ts";
import { COMPLETING, MODERATION, RERANKING } from "./judges.ts";
import { MISTRAL } from "./mistral.ts";
import { OPENAI, XAI } from "./openai.ts";
import { COHERE, EMBEDDINGS, META, NVIDIA, PERPLEXITY, SMALL_LABS } from "./others.ts";
import type { Row } from "./row.ts";
import { SOUND } from "./sound.ts";

export const ROWS: readonly Row[] = [
  ...ALIBABA,
  ...ANTHROPIC,
  ...COHERE,
  ...COMPLETING,
  ...DEEPSEEK,
  ...EMBEDDINGS,
  ...GOOGLE,
  ...IMAGES,
  ...META,
  ...MINIMAX,
  ...MISTRAL,
  ...MODERATION,
  ...MOONSHOT,
  ...NVIDIA,
  ...OPENAI,
  ...PERPLEXITY,
  ...RERANKING,
  ...SMALL_LABS,
  ...SOUND,
  ...XAI,
  ...ZAI,
];
