/** Code that works as it is pasted: for this address, this key and this model. */

export interface SnippetFacts {
  /** Where the gateway is, without a slash at its end. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

export type SnippetName = "curl" | "python" | "typescript" | "rust" | "ai-sdk";

export const SNIPPETS: readonly {
  readonly name: SnippetName;
  readonly label: string;
  /** What is to be there before. */
  readonly setUp: string | null;
  readonly write: (facts: SnippetFacts) => string;
}[] = [
  { name: "curl", label: "curl", setUp: null, write: curl },
  { name: "python", label: "Python", setUp: "pip install openai", write: python },
  { name: "typescript", label: "TypeScript", setUp: "npm install openai", write: typescript },
  { name: "ai-sdk", label: "AI SDK", setUp: "npm install ai", write: aiSdk },
  {
    name: "rust",
    label: "Rust",
    setUp: "cargo add async-openai --features chat-completion && cargo add tokio --features macros,rt",
    write: rust,
  },
];

function curl({ url, key, model }: SnippetFacts): string {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hello!" }] });
  return [
    `curl -N ${url}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '${body}'`,
  ].join("\n");
}

function python({ url, key, model }: SnippetFacts): string {
  return `from openai import OpenAI

client = OpenAI(base_url="${url}/v1", api_key="${key}")

response = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(response.choices[0].message.content)`;
}

function typescript({ url, key, model }: SnippetFacts): string {
  return `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${url}/v1", apiKey: "${key}" });

const response = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(response.choices[0]?.message.content);`;
}

function aiSdk({ url, key, model }: SnippetFacts): string {
  return `import { createGateway, generateText } from "ai";

const gateway = createGateway({ baseURL: "${url}/v4/ai", apiKey: "${key}" });

const { text } = await generateText({ model: gateway("${model}"), prompt: "Hello!" });
console.log(text);`;
}

function rust({ url, key, model }: SnippetFacts): string {
  return `use async_openai::{
    config::OpenAIConfig,
    types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs},
    Client,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = OpenAIConfig::new().with_api_base("${url}/v1").with_api_key("${key}");

    let request = CreateChatCompletionRequestArgs::default()
        .model("${model}")
        .messages(vec![ChatCompletionRequestUserMessage::from("Hello!").into()])
        .build()?;

    let response = Client::with_config(config).chat().create(request).await?;
    println!("{}", response.choices[0].message.content.as_deref().unwrap_or_default());
    Ok(())
}`;
}
