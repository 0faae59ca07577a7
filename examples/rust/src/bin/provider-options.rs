//! Who may serve it, and what it is filed under. `cargo run --bin provider-options`
use async_openai::{config::OpenAIConfig, Client};
use serde_json::{json, Value};
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

    let response: Value = client
        .chat()
        .create_byot(json!({
            "model": "anthropic/claude-sonnet-4",
            "messages": [{"role": "user", "content": "Hello"}],
            "providerOptions": {
                "gateway": {
                    "order": ["vertex", "anthropic"],
                    "zeroDataRetention": true,
                    "user": "user-123",
                    "tags": ["examples", "rust"]
                }
            }
        }))
        .await?;

    let gateway = &response["choices"][0]["message"]["provider_metadata"]["gateway"];
    println!(
        "Served by: {}",
        gateway["routing"]["finalProvider"].as_str().unwrap()
    );
    println!("Cost: {}", gateway["cost"].as_str().unwrap());
    println!("Generation: {}", response["id"].as_str().unwrap());
    Ok(())
}
