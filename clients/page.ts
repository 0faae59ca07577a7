import { nameOf, type Result } from "./results.ts";
import { FEATURES, type Feature } from "./suite.ts";

/** How each is pointed at the gateway, where that is more than an address and a key. */
const REMARKS: readonly (readonly [client: string, remark: string])[] = [
  [
    "openai (Python)",
    '`OpenAI(base_url="http://127.0.0.1:8787/v1", api_key=…)`; what the gateway adds goes in `extra_body`',
  ],
  ["anthropic (Python)", '`Anthropic(base_url="http://127.0.0.1:8787", api_key=…)`, without `/v1`'],
  [
    "langchain-openai (Python)",
    "`OpenAIEmbeddings` needs `check_embedding_ctx_length=False`: else it sends OpenAI's tokens in the place of texts, which it makes by a table fetched from elsewhere",
  ],
  [
    "LlamaIndex (Python)",
    "its `OpenAI` has a list of OpenAI's own models and refuses every other name. One line: `from llama_index.llms.openai_like import OpenAILike as OpenAI`, with `is_chat_model=True` (and `is_function_calling_model=True` for tools). `OpenAIEmbedding` takes any name as `model_name`",
  ],
  [
    "Pydantic AI (Python)",
    "`OpenAIChatModel(name, provider=VercelProvider(openai_client=AsyncOpenAI(base_url=…, api_key=…)))`: what was `OpenAIModel` is called so today",
  ],
  [
    "LiteLLM (Python)",
    '`openai/` before the name, and `api_base`: `litellm.completion(model="openai/anthropic/claude-sonnet-4.5", api_base="http://127.0.0.1:8787/v1", …)`',
  ],
  [
    "AI SDK (TypeScript)",
    '`createGateway({ baseURL: "http://127.0.0.1:8787/v4/ai", apiKey: … })` of `ai` 7; `/v3/ai` with 6, `/v1/ai` with 5',
  ],
  [
    "@ai-sdk/openai (TypeScript)",
    '`createOpenAI({ baseURL: "http://127.0.0.1:8787/v1", apiKey: … })`; by Responses, `providerOptions: { openai: { store: false } }`: else it refers to items of an answer by their ids',
  ],
  [
    "@ai-sdk/anthropic (TypeScript)",
    '`createAnthropic({ baseURL: "http://127.0.0.1:8787/v1", apiKey: … })`, with `/v1`',
  ],
];

/** `docs/compatibility.md`, of what is written down. */
export function compatibility(results: readonly Result[]): string {
  const shown = (Object.keys(FEATURES) as Feature[]).filter((name) => results.some(({ features }) => name in features));
  const mark = ({ features }: Result, name: Feature) =>
    ({ true: "✓", false: "✗", undefined: "–" })[`${features[name]}`];
  const lines = [
    "# Clients",
    "",
    "What each of these clients was seen to do here, at the version that was run: each line is a real client against a gateway that runs, with the simulator for a provider, and models of four",
    "wires. `npm run test:clients` runs them all, in CI too, and fails where what it finds is not what is written here. ✓: all that was tried of it is so · ✗: some of it is not · –: nothing was",
    "tried, or the client has no such thing.",
    "",
    `| client | version | ${shown.map((name) => FEATURES[name].head).join(" | ")} |`,
    `|---|---|${shown.map(() => ":-:").join("|")}|`,
    ...results.map(
      (result) => `| ${nameOf(result)} | ${result.version} | ${shown.map((name) => mark(result, name)).join(" | ")} |`,
    ),
    "",
    ...shown.map((name) => `- **${FEATURES[name].head}**: ${FEATURES[name].means}`),
    "",
    "Examples that run as they are: `examples/python`, `examples/typescript`, `examples/rust`, `examples/curl`. Each takes the key from `AI_GATEWAY_API_KEY` and, but for those with curl, the address from `AI_GATEWAY_BASE_URL`.",
    "",
    "## How they are pointed here",
    "",
    "| client | |",
    "|---|---|",
    ...REMARKS.map(([client, remark]) => `| ${client} | ${remark} |`),
  ];
  return `${lines.join("\n")}\n`;
}
