/**
 * Writes the reference pages and the editor schema from the code that they describe: `bun scripts/docs.ts`.
 * `test/docs.test.ts` fails when what is committed is not what this writes.
 */

import { compatibility } from "../clients/page.ts";
import { readResults } from "../clients/results.ts";
import type { Provider } from "../src/catalog/provider.ts";
import { PROVIDERS } from "../src/catalog/providers/index.ts";
import { jsonSchema } from "../src/config/load.ts";
import type { Operation } from "../src/core/ask.ts";
import { ERRORS } from "../src/core/error.ts";
import { SCENARIO_KEYS } from "../src/simulator/scenario-keys.ts";

const NOTICE = "<!-- Written by scripts/docs.ts. Do not edit. -->\n\n";

/** Every generated file, by its path from the root, as it should be. */
export function generatedFiles(): Record<string, string> {
  return {
    "headgate.schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    "docs/compatibility.md": NOTICE + compatibility(readResults()),
    "docs/configuration.md": NOTICE + configuration(),
    "docs/errors.md": NOTICE + errors(),
    "docs/providers.md": NOTICE + providers(),
    "docs/simulator.md": NOTICE + simulator(),
  };
}

interface Node {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
}

function configuration(): string {
  const lines = [
    "# Configuration",
    "",
    "`headgate.yaml`, or the file that `--config` or `HEADGATE_CONFIG` names. Values may hold `${VARIABLE}` and `${VARIABLE:-default}`,",
    "with or without quotes; `$${…}` stands for `${…}` itself. What a variable holds is text, or a number or switch where the option is one.",
    "A flag wins over the environment, which wins over the file. `headgate check` says what is wrong with it. For completion in an",
    "editor, begin the file with `# yaml-language-server: $schema=./headgate.schema.json`.",
    "",
    "| option | type | default | meaning |",
    "|---|---|---|---|",
  ];
  describe(jsonSchema() as Node, "", lines);
  return `${lines.join("\n")}\n`;
}

function describe(node: Node, path: string, lines: string[]): void {
  for (const [name, member] of Object.entries(node.properties ?? {})) {
    if (name === "$schema") continue;
    const at = path === "" ? name : `${path}.${name}`;
    const fallback =
      member.default === undefined || typeof member.default === "object" ? "" : `\`${JSON.stringify(member.default)}\``;
    lines.push(`| \`${at}\` | ${typeName(member)} | ${fallback} | ${member.description ?? ""} |`);
    describe(member, at, lines);
  }
  if (typeof node.additionalProperties === "object") describe(node.additionalProperties, `${path}.<name>`, lines);
  if (node.items !== undefined) describe(node.items, `${path}[]`, lines);
}

function typeName(node: Node): string {
  if (node.enum !== undefined)
    return node.enum.length > 8 ? "a known name" : node.enum.map((word) => `\`${word}\``).join(", ");
  if (node.type === "array") return `list of ${node.items === undefined ? "anything" : typeName(node.items)}`;
  return node.type ?? "any";
}

function errors(): string {
  const lines = [
    "# Errors",
    "",
    "Every error has one `code`. Its status, its `type` (as the hosted gateway's SDKs map them) and what the gateway does next are decided in one",
    'table, `src/core/errors.ts`. The body on OpenAI\'s paths is `{"error": {"message", "type", "param"?, "code"}, "generationId", "providerMetadata"?}`, with [what was tried](observability.md); in a stream',
    "that has begun, the same in a `data:` frame, and no `[DONE]` after it. Every reply has `x-request-id`; errors that came after all attempts",
    "have `x-should-retry: false`, which the official SDKs obey.",
    "",
    "Next: `never`, the answer would be the same everywhere · `next`, the next leg of the plan is tried · `same`, the next leg, and where none is left the same one again after a moment · `once`, it may have been billed, so one further leg is tried · `unsealed`, the same leg is tried once more without thinking that is signed or encrypted, then the next.",
    "",
    "| code | status | type | next | when |",
    "|---|--:|---|---|---|",
    ...Object.entries(ERRORS).map(
      ([code, row]) => `| \`${code}\` | ${row.status} | \`${row.type}\` | ${row.retry} | ${row.means} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function providers(): string {
  const all = [...PROVIDERS.values()].sort((a, b) => a.name.localeCompare(b.name));
  const lines = [
    "# Providers",
    "",
    "A provider is asked when its variable is set (or the same with `_FILE`, naming a file), or when the configuration gives it an `api_key`.",
    "Those without a variable are local servers: give them a `base_url`.",
    "",
    "Azure has an address for each resource: `AZURE_OPENAI_ENDPOINT`, or `base_url`, as the portal shows it (with or without `/openai/v1`). It is asked by",
    "the API that needs no `api-version`. A deployment is the model of its name; one that is called otherwise is the model's `upstream`.",
    "",
    "Bedrock also takes an access key that signs requests: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for a temporary key,",
    "`AWS_SESSION_TOKEN`, where `AWS_REGION` (or `AWS_DEFAULT_REGION`) is set too; or `access_key_id`, `secret_access_key` and `region` in the",
    "configuration. Without a region it is us-east-1. Models whose names begin with `us.` are offered in the regions of the United States;",
    "elsewhere give your profile as the model's `upstream`. An inference profile of your own goes there too, by its ARN, under the name of its model.",
    "",
    "Vertex AI also takes a service account: its key file as `credentials_file`, or `GOOGLE_APPLICATION_CREDENTIALS` together with",
    "`GOOGLE_VERTEX_PROJECT` or `GOOGLE_VERTEX_LOCATION`. The project is that of the key file unless `project` (`GOOGLE_VERTEX_PROJECT`,",
    "`GOOGLE_CLOUD_PROJECT`) says otherwise, the location `global` unless `location` (`GOOGLE_VERTEX_LOCATION`, `GOOGLE_CLOUD_LOCATION`) does.",
    "Claude is documented there for service accounts alone, not for API keys: with a key and no project it is not tried.",
    "",
    "```yaml",
    "providers:",
    "  azure:",
    '    api_key: "${AZURE_OPENAI_API_KEY}"',
    "    base_url: https://my-resource.openai.azure.com",
    "    models: [{ id: openai/gpt-5, upstream: my-deployment }]",
    "  bedrock:",
    "    region: eu-central-1",
    '    access_key_id: "${AWS_ACCESS_KEY_ID}"',
    '    secret_access_key: "${AWS_SECRET_ACCESS_KEY}"',
    "    models: [{ id: amazon/nova-pro, upstream: eu.amazon.nova-pro-v1:0 }]",
    "  vertex: { credentials_file: /run/secrets/vertex.json, location: europe-west1 }",
    "  ollama: { base_url: http://127.0.0.1:11434/v1, models: [{ id: alibaba/qwen-3-8b, upstream: qwen3:8b }] }",
    "```",
    "",
    "| name | | variable | generates by | also |",
    "|---|---|---|---|---|",
    ...all.map(providerRow),
  ];
  return `${lines.join("\n")}\n`;
}

function providerRow({ name, title, docs, auth, wires, makers = {}, aliases = [] }: Provider): string {
  const variables = auth.kind === "none" ? "" : auth.variables.map((variable) => `\`${variable}\``).join(", ");
  const names = [name, ...aliases].map((slug) => `\`${slug}\``).join(", ");
  const usual = wires.generate?.join(", ") ?? (wires.embed === undefined ? "not yet" : "");
  const others = Object.entries(makers).map(([maker, own]) => `${maker}/…: ${own.wires.generate?.join(", ")}`);
  const generates = [usual, ...others].join("; ");
  const also = Object.entries(ALSO).flatMap(([operation, what]) =>
    wires[operation as Operation] === undefined ? [] : what,
  );
  return `| ${names} | [${title}](${docs}) | ${variables} | ${generates} | ${also.join(", ")} |`;
}

/** What providers do beside talking. */
const ALSO = {
  embed: "embeddings",
  complete: "completions",
  image: "images",
  speech: "speech",
  transcribe: "transcriptions",
  rerank: "rerank",
  moderate: "moderations",
} as const satisfies Partial<Record<Operation, string>>;

function simulator(): string {
  const lines = [
    "# The simulator",
    "",
    "A stand-in for OpenAI (chat, completions, embeddings, moderations, images, audio), Anthropic (messages), Gemini (generateContent), Cohere and Voyage (rerank), Bedrock (converse, and Claude by invoke) and Claude at Vertex AI, in their own bytes. It answers `npm start` where no provider has a",
    "credential, and `headgate simulate` serves it alone. Any key will do, but for those that begin with `sk-bad`.",
    "",
    "What it does is chosen in the text of the last user message (of what is to be spoken, of a transcript's prompt), so that it passes through any gateway: `[sim status=429 retry-after=2]`.",
    "Several directives may stand in one text; `model=` limits one to an upstream model, which is how a fallback is tried:",
    "`[sim model=gpt-5 status=503] Hello`.",
    "",
    "| key | example | meaning |",
    "|---|---|---|",
    ...Object.entries(SCENARIO_KEYS).map(
      ([key, { example, meaning }]) => `| \`${key}\` | \`[sim ${example.replaceAll("|", "\\|")}]\` | ${meaning} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generatedFiles())) {
    await Bun.write(new URL(`../${path}`, import.meta.url), text);
    process.stdout.write(`${path}\n`);
  }
}
