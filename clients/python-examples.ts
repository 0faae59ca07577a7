import assert from "node:assert/strict";
import type { PythonName } from "./python.ts";
import type { Feature, Stage } from "./suite.ts";

/** A file of `examples/python`, what is changed in it for this run, and what must come of it. */
export interface Example {
  readonly file: string;
  readonly client: PythonName;
  readonly feature: Feature;
  readonly what: string;
  /** A text of it, and what stands there instead. */
  readonly edit?: readonly [from: string, to: string];
  /** What it is given beside the address, or in place of the usual key. */
  readonly environment?: (stage: Stage) => Record<string, string> | Promise<Record<string, string>>;
  /** @throws Error where what it printed is not what it should be */
  readonly expects: (printed: string, stage: Stage) => void | Promise<void>;
}

const HELLO = "'content': 'Hello'";
/** What the simulator says to a question, in the words of a provider. */
const echo = (question: string) => `You wrote: "${question}".`;

/** The same question, to which every provider of these models fails: by their own name for it, or by that of who sells it on. */
const failing = (...models: string[]) => {
  const scenarios = models
    .flatMap((model) => [model, `openai/${model}`])
    .map((name) => `[sim model=${name} status=503]`);
  return `'content': '${scenarios.join(" ")} Hello'`;
};

export const EXAMPLES: readonly Example[] = [
  {
    file: "basic-chat-completion.py",
    client: "openai",
    feature: "chat",
    what: "an answer of another wire, and its tokens",
    expects(printed) {
      const [answer = "", tokens = ""] = printed.split(/\n(?=Tokens)/);
      assert.ok(answer.startsWith(echo("Hello, how are you?")), printed);
      assert.match(tokens, /^Tokens: [1-9]\d*\n$/);
    },
  },
  {
    file: "streaming.py",
    client: "openai",
    feature: "stream",
    what: "a story, printed as it comes",
    expects: (printed) => assert.ok(printed.startsWith(echo("Write a story")), printed),
  },
  {
    file: "provider-routing.py",
    client: "openai",
    feature: "routing",
    what: "nobody but those in `only` is asked, and the reply says who was",
    expects(printed) {
      assert.match(printed, /^Provider: anthropic$/m);
      assert.match(printed, /Skipped: .*openrouter \(not in `only`\)/);
    },
  },
  {
    file: "model-fallbacks.py",
    client: "openai",
    feature: "routing",
    what: "the first model answers, and is the one in response.model",
    expects: (printed) => assert.equal(printed, "Model used: openai/gpt-5\n"),
  },
  {
    file: "model-fallbacks.py",
    client: "openai",
    feature: "routing",
    what: "where the first fails response.model is the second, which answered",
    edit: [HELLO, failing("gpt-5")],
    expects: (printed) => assert.equal(printed, "Model used: openai/gpt-5-mini\n"),
  },
  {
    file: "model-fallbacks.py",
    client: "openai",
    feature: "routing",
    what: "where two fail response.model is the third, of another maker",
    edit: [HELLO, failing("gpt-5", "gpt-5-mini")],
    expects: (printed) => assert.equal(printed, "Model used: anthropic/claude-sonnet-4\n"),
  },
  {
    file: "zero-data-retention.py",
    client: "openai",
    feature: "routing",
    what: "somebody of whom it holds answers",
    expects: (printed) => assert.ok(printed.startsWith(echo("Sensitive data...")), printed),
  },
  {
    file: "embeddings.py",
    client: "openai",
    feature: "embeddings",
    what: "one vector",
    expects: (printed) => assert.equal(printed, "Dimensions: 1536\n"),
  },
  {
    file: "batch-embeddings.py",
    client: "openai",
    feature: "embeddings",
    what: "a vector for each text, in their order",
    expects: (printed) => assert.equal(printed, [0, 1, 2].map((i) => `Index ${i}: 1536 dims\n`).join("")),
  },
  {
    file: "provider-options.py",
    client: "openai",
    feature: "routing",
    what: "a provider that cannot serve is passed over, and the cost is told",
    expects: (printed) => assert.match(printed, /^Provider: anthropic\nCost: 0\.\d+ USD\n$/),
  },
  {
    file: "app-attribution.py",
    client: "openai",
    feature: "routing",
    what: "the ledger says which app asked",
    expects(printed, stage) {
      const { appUrl, appTitle } = rowOf(printed, stage);
      assert.deepEqual([appUrl, appTitle], ["https://myapp.vercel.app", "MyApp"]);
    },
  },
  {
    file: "byok.py",
    client: "openai",
    feature: "routing",
    what: "the client's own account is asked, and costs the operator nothing",
    environment: () => ({ ANTHROPIC_API_KEY: "sk-ant-of-the-client" }),
    expects: (printed) => assert.equal(printed, "Account: byok\nCost: 0 USD\n"),
  },
  {
    file: "user-quotas.py",
    client: "openai",
    feature: "routing",
    what: "the ledger says for whom it was",
    expects: (printed, stage) => assert.equal(rowOf(printed, stage).user, "customer-42"),
  },
  {
    file: "user-quotas.py",
    client: "openai",
    feature: "routing",
    what: "a quota that is spent lets nothing through, and says so",
    edit: ["customer-42", "customer-43"],
    async environment(stage) {
      await stage.spentBudget("user", "customer-43");
      return {};
    },
    expects: (printed) => assert.match(printed, /^Quota spent: .*customer-43/),
  },
  {
    file: "tags.py",
    client: "openai",
    feature: "routing",
    what: "the ledger has the tags",
    expects: (printed, stage) =>
      assert.deepEqual(JSON.parse(rowOf(printed, stage).tags ?? "[]"), ["team:search", "env:production"]),
  },
  {
    file: "oidc-token.py",
    client: "openai",
    feature: "routing",
    what: "a token of the platform's opens the gateway",
    environment: ({ issuer }) => ({
      AI_GATEWAY_API_KEY: "",
      VERCEL_OIDC_TOKEN: issuer.token({ sub: "owner:acme:project:shop:environment:production" }),
    }),
    expects: (printed, stage) =>
      assert.ok(rowOf(printed, stage, "oidc:vercel:owner:acme:project:shop:environment:production")),
  },
  {
    file: "error-handling.py",
    client: "openai",
    feature: "errors",
    what: "nothing is wrong",
    expects: (printed) => assert.ok(printed.startsWith(echo("Hello")), printed),
  },
  {
    file: "error-handling.py",
    client: "openai",
    feature: "errors",
    what: "AuthenticationError, for a key that is none",
    environment: () => ({ AI_GATEWAY_API_KEY: "hg_nobody" }),
    expects: (printed) => assert.equal(printed, "Invalid API key\n"),
  },
  {
    file: "error-handling.py",
    client: "openai",
    feature: "errors",
    what: "RateLimitError, for a key that lets one in a minute",
    // As it is told to, the client would wait for a minute first, twice.
    edit: ["client = OpenAI(", "client = OpenAI(max_retries=0,"],
    environment: async (stage) => ({ AI_GATEWAY_API_KEY: await stage.spentKey() }),
    expects: (printed) => assert.equal(printed, "Rate limited - Gateway auto-retries\n"),
  },
  {
    file: "error-handling.py",
    client: "openai",
    feature: "errors",
    what: "APIError with status and message, where every provider fails",
    edit: [HELLO, "'content': '[sim status=500] Hello'"],
    expects: (printed) => assert.match(printed, /^API error: 503 - .*No provider answered\. openai for openai\/gpt-5/),
  },
  {
    file: "langchain.py",
    client: "langchain",
    feature: "chat",
    what: "an answer, and its tokens",
    expects(printed) {
      assert.ok(printed.startsWith(echo("Hello, world!")), printed);
      assert.match(printed, /^\{'input_tokens': [1-9]\d*, 'output_tokens': [1-9]/m);
    },
  },
  {
    file: "llamaindex.py",
    client: "llamaindex",
    feature: "chat",
    what: "an answer, by the class that has no list of models",
    expects: (printed) => assert.ok(printed.startsWith(echo("Hello")), printed),
  },
  {
    file: "pydantic-ai.py",
    client: "pydantic-ai",
    feature: "chat",
    what: "an agent's answer, by its Vercel provider",
    expects: (printed) => assert.ok(printed.startsWith(echo("Hello")), printed),
  },
];

/** The row of the generation whose id was printed. */
function rowOf(printed: string, { gateway }: Stage, key = "key_environment") {
  const id = /^Generation: (gen_\w+)$/m.exec(printed)?.[1];
  const row = id === undefined ? undefined : gateway.headgate.gateway.generations.find(id, key);
  if (row === undefined || row instanceof Promise) throw new Error(`no such generation: ${printed}`);
  return row;
}
