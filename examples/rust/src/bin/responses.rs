//! OpenAI's newer API, with models of any maker: whole and streamed. `cargo run --bin responses`
use async_openai::{
    config::OpenAIConfig,
    types::responses::{CreateResponseArgs, ResponseStreamEvent},
    Client,
};
use futures::StreamExt;
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
    let model = env::args()
        .nth(1)
        .unwrap_or("anthropic/claude-sonnet-4".into());
    let prompt = env::args().nth(2).unwrap_or("Hello".into());

    let request = CreateResponseArgs::default()
        .model(model.clone())
        .instructions("You are terse.")
        .input(prompt.clone())
        .build()?;

    let response = client.responses().create(request).await?;
    println!("{}", response.output_text().unwrap_or_default());
    println!("{} tokens", response.usage.unwrap().total_tokens);

    let request = CreateResponseArgs::default()
        .model(model)
        .input(prompt)
        .stream(true)
        .build()?;

    let mut stream = client.responses().create_stream(request).await?;

    while let Some(event) = stream.next().await {
        if let ResponseStreamEvent::ResponseOutputTextDelta(event) = event? {
            print!("{}", event.delta);
        }
    }
    println!();
    Ok(())
}
