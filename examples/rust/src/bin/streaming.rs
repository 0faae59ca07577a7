//! An answer as it is written. `cargo run --bin streaming`
use async_openai::{
    config::OpenAIConfig,
    types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs},
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

    let prompt = env::args().nth(1).unwrap_or("Tell me a story".into());
    let request = CreateChatCompletionRequestArgs::default()
        .model("openai/gpt-5")
        .messages(vec![ChatCompletionRequestUserMessage::from(prompt).into()])
        .stream(true)
        .build()?;

    let mut stream = client.chat().create_stream(request).await?;

    while let Some(result) = stream.next().await {
        match result {
            Ok(response) => {
                if let Some(content) = &response.choices[0].delta.content {
                    print!("{}", content);
                }
            }
            Err(e) => eprintln!("Error: {}", e),
        }
    }
    println!();
    Ok(())
}
