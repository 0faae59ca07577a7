import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the document that the project was created from prints in Python is what `examples/python` has; `npm run test:clients` runs those. */
const SEED = join(import.meta.dir, "../../shared/seed.md");
const FOLDER = join(import.meta.dir, "../examples/python");
const there = existsSync(SEED);

const ADDRESS = "base_url='https://ai-gateway.vercel.sh/v1'";
const OURS = "base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')";

/** Where today's packages are other than those of the seed, or the seed leaves something to the reader. */
const CHANGES: Record<string, readonly (readonly [seed: string, today: string])[]> = {
  "error-handling.py": [
    [
      "client.chat.completions.create(...)",
      "client.chat.completions.create(\n        model='openai/gpt-5',\n        messages=[{'role': 'user', 'content': 'Hello'}]\n    )\n    print(response.choices[0].message.content)",
    ],
    [
      "RateLimitError\n\n",
      `RateLimitError\n\nclient = OpenAI(\n    api_key=os.getenv('AI_GATEWAY_API_KEY'),\n    ${OURS}\n)\n\n`,
    ],
  ],
  "llamaindex.py": [
    ["from llama_index.llms.openai import OpenAI", "from llama_index.llms.openai_like import OpenAILike"],
    [
      "llm = OpenAI(\n    model='openai/gpt-5',\n",
      "llm = OpenAILike(\n    model='openai/gpt-5',\n    is_chat_model=True,\n",
    ],
    [ADDRESS.replace("base_url", "api_base"), OURS.replace("base_url", "api_base")],
  ],
  "pydantic-ai.py": [
    [
      "from pydantic_ai import Agent\nfrom pydantic_ai.models.openai import OpenAIModel\n",
      "from openai import AsyncOpenAI\nfrom pydantic_ai import Agent\n" +
        "# The seed's OpenAIModel is called OpenAIChatModel today, and where and how it asks is said by a provider.\n" +
        "from pydantic_ai.models.openai import OpenAIChatModel\nfrom pydantic_ai.providers.vercel import VercelProvider\n",
    ],
    ["OpenAIModel(", "OpenAIChatModel("],
    [
      `    ${ADDRESS},\n    api_key=os.getenv('AI_GATEWAY_API_KEY')\n)`,
      `    provider=VercelProvider(openai_client=AsyncOpenAI(\n        ${OURS},\n        api_key=os.getenv('AI_GATEWAY_API_KEY')\n    ))\n)`,
    ],
  ],
};

const snippets = there
  ? [...readFileSync(SEED, "utf8").matchAll(/### ([^\n]+)\n```python\n([\s\S]*?)```/g)].map(
      ([, title, code]) => [title!, code!] as const,
    )
  : [];
const setup = snippets.find(([title]) => title === "Setup")?.[1] ?? "";

function fileOf(title: string): string {
  return `${title
    .toLowerCase()
    .replace(/^python /, "")
    .replaceAll(" ", "-")}.py`;
}

function ofToday(file: string, code: string): string {
  let written = code;
  for (const [from, to] of CHANGES[file] ?? []) {
    expect(written).toContain(from);
    written = written.replace(from, to);
  }
  return written.replace(ADDRESS, OURS);
}

describe.if(there)("the seed's Python, as printed", () => {
  test("is found in the document", () => {
    expect(snippets.length).toBeGreaterThanOrEqual(12);
    expect(setup).toContain(ADDRESS);
  });

  test.each(snippets.filter(([title]) => title !== "Setup"))("%s is an example", (title, code) => {
    const file = fileOf(title);
    const ours = readFileSync(join(FOLDER, file), "utf8");
    expect(ours).toContain(ofToday(file, code));
    if (code.includes("client.") && !(file in CHANGES)) expect(ours).toStartWith(`${setup.replace(ADDRESS, OURS)}\n`);
  });

  test("nothing is changed in a file that is none of them", () => {
    const files = snippets.map(([title]) => fileOf(title));
    expect(Object.keys(CHANGES).filter((file) => !files.includes(file))).toEqual([]);
  });
});
