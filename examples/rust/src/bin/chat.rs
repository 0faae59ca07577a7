//! One answer. `cargo run --bin chat`
use async_openai::{
    config::OpenAIConfig,
    // As the crate is today: types are in a module for each API, and a message is of its role's type.
    types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs},
    Client,
};
use std::{env, error::Error};

fn client() -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new()
        .with_api_key(env::var("AI_GATEWAY_API_KEY").unwrap())
        .with_api_base(
            env::var("AI_GATEWAY_BASE_URL").unwrap_or("http://127.0.0.1:8787/v1".into()),
        );

    Client::with_config(config)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = client();

    let request = CreateChatCompletionRequestArgs::default()
        .model("anthropic/claude-sonnet-4")
        .messages(vec![ChatCompletionRequestUserMessage::from(
            "Hello, world!",
        )
        .into()])
        .build()?;

    let response = client.chat().create(request).await?;
    println!("{}", response.choices[0].message.content.as_ref().unwrap());

    let usage = response.usage.unwrap();
    println!("{}, {} tokens", response.model, usage.total_tokens);
    Ok(())
}
