import type { ChatBody } from "./conversation.ts";

export const LANGUAGES = { curl: "curl", python: "Python", typescript: "TypeScript" } as const;

export type Language = keyof typeof LANGUAGES;

/** The variable that holds the key, for who runs it. */
const KEY = "HEADGATE_API_KEY";

/** The same request as code that runs as it is pasted, with the key in the environment. @param url where the gateway is, without a slash at its end */
export function codeOf(language: Language, body: ChatBody, url: string): string {
  return { curl, python, typescript }[language](body, url);
}

function curl(body: ChatBody, url: string): string {
  return [
    `curl ${body.stream === true ? "-N " : ""}${url}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $${KEY}" \\`,
    '  -H "Content-Type: application/json" \\',
    // One word for the shell, whatever stands in it.
    `  -d '${JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`)}'`,
  ].join("\n");
}

function python(body: ChatBody, url: string): string {
  const { providerOptions, ...known } = body;
  const members = [
    ...Object.entries(known).map(([name, value]) => `    ${name}=${pythonOf(value, "    ")},`),
    ...(providerOptions === undefined ? [] : [`    extra_body=${pythonOf({ providerOptions }, "    ")},`]),
  ];
  const reading =
    body.stream === true
      ? `for chunk in response:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`
      : "print(response.choices[0].message.content)";
  return `import os
from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(`${url}/v1`)}, api_key=os.environ["${KEY}"])

response = client.chat.completions.create(
${members.join("\n")}
)
${reading}`;
}

/** What is JSON as Python writes it. */
function pythonOf(value: unknown, indent: string): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value !== "object") return JSON.stringify(value);
  const deeper = `${indent}    `;
  const [open, close, parts] = Array.isArray(value)
    ? (["[", "]", value.map((one) => pythonOf(one, deeper))] as const)
    : ([
        "{",
        "}",
        Object.entries(value!).map(([name, one]) => `${JSON.stringify(name)}: ${pythonOf(one, deeper)}`),
      ] as const);
  if (parts.length === 0) return open + close;
  return `${open}\n${parts.map((part) => `${deeper}${part},\n`).join("")}${indent}${close}`;
}

function typescript(body: ChatBody, url: string): string {
  const kind = body.stream === true ? "Streaming" : "NonStreaming";
  const own = body.providerOptions === undefined ? "" : " & { providerOptions: object }";
  const reading =
    body.stream === true
      ? `for await (const chunk of await client.chat.completions.create(request))
  process.stdout.write(chunk.choices[0]?.delta.content ?? "");`
      : `const response = await client.chat.completions.create(request);
console.log(response.choices[0]?.message.content);`;
  return `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${JSON.stringify(`${url}/v1`)}, apiKey: process.env.${KEY} });

const request: OpenAI.ChatCompletionCreateParams${kind}${own} = ${JSON.stringify(body, null, 2)};
${reading}`;
}
