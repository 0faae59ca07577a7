//! Other models where the first one fails. `cargo run --bin model-fallbacks`
use async_openai::{config::OpenAIConfig, types::chat::CreateChatCompletionResponse, Client};
use serde_json::json;
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

    // `models` is no member of OpenAI's: the request is a type of one's own, the response is the crate's.
    let response: CreateChatCompletionResponse = client
        .chat()
        .create_byot(json!({
            "model": "openai/gpt-5",
            "messages": [{"role": "user", "content": "Hello"}],
            "models": ["openai/gpt-5-mini", "anthropic/claude-sonnet-4"]
        }))
        .await?;

    println!("Model used: {}", response.model);
    Ok(())
}
