import type { Provider } from "../provider.ts";
import alibaba from "./alibaba.ts";
import anthropic from "./anthropic.ts";
import arceeAi from "./arcee-ai.ts";
import avian from "./avian.ts";
import azure from "./azure.ts";
import baseten from "./baseten.ts";
import bedrock from "./bedrock.ts";
import blackbox from "./blackbox.ts";
import bytedance from "./bytedance.ts";
import cerebras from "./cerebras.ts";
import chutes from "./chutes.ts";
import cohere from "./cohere.ts";
import crusoe from "./crusoe.ts";
import deepinfra from "./deepinfra.ts";
import deepseek from "./deepseek.ts";
import digitalocean from "./digitalocean.ts";
import fireworks from "./fireworks.ts";
import friendli from "./friendli.ts";
import gmicloud from "./gmicloud.ts";
import google from "./google.ts";
import groq from "./groq.ts";
import huggingface from "./huggingface.ts";
import hyperbolic from "./hyperbolic.ts";
import inception from "./inception.ts";
import inceptron from "./inceptron.ts";
import interfaze from "./interfaze.ts";
import llamacpp from "./llamacpp.ts";
import lmstudio from "./lmstudio.ts";
import minimax from "./minimax.ts";
import mistral from "./mistral.ts";
import moonshotai from "./moonshotai.ts";
import nebius from "./nebius.ts";
import novita from "./novita.ts";
import nvidia from "./nvidia.ts";
import ollama from "./ollama.ts";
import ollamaCloud from "./ollama-cloud.ts";
import openai from "./openai.ts";
import openrouter from "./openrouter.ts";
import parasail from "./parasail.ts";
import perplexity from "./perplexity.ts";
import sambanova from "./sambanova.ts";
import togetherai from "./togetherai.ts";
import vertex from "./vertex.ts";
import vllm from "./vllm.ts";
import voyage from "./voyage.ts";
import writer from "./writer.ts";
import xai from "./xai.ts";
import zai from "./zai.ts";

/** Every provider known by address, sorted by name. A new one is a file beside this one and two lines here. */
const ALL: readonly Provider[] = [
  alibaba,
  anthropic,
  arceeAi,
  avian,
  azure,
  baseten,
  bedrock,
  blackbox,
  bytedance,
  cerebras,
  chutes,
  cohere,
  crusoe,
  deepinfra,
  deepseek,
  digitalocean,
  fireworks,
  friendli,
  gmicloud,
  google,
  groq,
  huggingface,
  hyperbolic,
  inception,
  inceptron,
  interfaze,
  llamacpp,
  lmstudio,
  minimax,
  mistral,
  moonshotai,
  nebius,
  novita,
  nvidia,
  ollama,
  ollamaCloud,
  openai,
  openrouter,
  parasail,
  perplexity,
  sambanova,
  togetherai,
  vertex,
  vllm,
  voyage,
  writer,
  xai,
  zai,
];

/** By name. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(ALL.map((provider) => [provider.name, provider]));
