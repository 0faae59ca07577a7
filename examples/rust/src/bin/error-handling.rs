//! What a refusal looks like. `cargo run --bin error-handling`
use async_openai::{
    config::OpenAIConfig,
    error::OpenAIError,
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
        .model(
            env::args()
                .nth(1)
                .unwrap_or("anthropic/claude-sonnet-4".into()),
        )
        .messages(vec![ChatCompletionRequestUserMessage::from("Hello").into()])
        .build()?;

    match client.chat().create(request).await {
        Ok(response) => println!("{}", response.choices[0].message.content.as_ref().unwrap()),
        Err(OpenAIError::ApiError(e)) => match e.status_code.as_u16() {
            401 => println!("Invalid API key"),
            429 => println!("Rate limited - Gateway auto-retries"),
            status => println!("API error: {} - {}", status, e.api_error.message),
        },
        Err(e) => return Err(e.into()),
    }
    Ok(())
}
