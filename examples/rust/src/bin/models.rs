//! What can be asked for. `cargo run --bin models`
use async_openai::{config::OpenAIConfig, Client};
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

    let models = client.models().list().await?;
    println!("{} models", models.data.len());

    let model = client
        .models()
        .retrieve("anthropic/claude-sonnet-4")
        .await?;
    println!("{} of {}", model.id, model.owned_by);
    Ok(())
}
