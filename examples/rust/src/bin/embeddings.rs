//! One vector, and several at once. `cargo run --bin embeddings`
use async_openai::{config::OpenAIConfig, types::embeddings::CreateEmbeddingRequestArgs, Client};
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

    let request = CreateEmbeddingRequestArgs::default()
        .model("openai/text-embedding-3-small")
        .input("Your text here")
        .build()?;

    let response = client.embeddings().create(request).await?;
    println!("Dimensions: {}", response.data[0].embedding.len());

    let request = CreateEmbeddingRequestArgs::default()
        .model("openai/text-embedding-3-small")
        .input(["Text 1", "Text 2", "Text 3"])
        .build()?;

    let response = client.embeddings().create(request).await?;
    for item in &response.data {
        println!("Index {}: {} dims", item.index, item.embedding.len());
    }
    Ok(())
}
