//! A function of one's own that the model calls. `cargo run --bin tools`
use async_openai::{
    config::OpenAIConfig,
    types::chat::{
        ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessageArgs,
        ChatCompletionRequestToolMessage, ChatCompletionRequestUserMessage, ChatCompletionTool,
        ChatCompletionTools, CreateChatCompletionRequestArgs, FunctionObjectArgs,
    },
    Client,
};
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

    let function = FunctionObjectArgs::default()
        .name("get_weather")
        .description("The weather of a city")
        .parameters(json!({
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"]
        }))
        .build()?;
    let tools = vec![ChatCompletionTools::Function(ChatCompletionTool {
        function,
    })];
    let mut messages = vec![ChatCompletionRequestUserMessage::from(
        "What is the weather in Oslo? Use get_weather.",
    )
    .into()];

    loop {
        let request = CreateChatCompletionRequestArgs::default()
            .model("anthropic/claude-sonnet-4")
            .messages(messages.clone())
            .tools(tools.clone())
            .build()?;
        let message = client
            .chat()
            .create(request)
            .await?
            .choices
            .remove(0)
            .message;

        let Some(calls) = message.tool_calls else {
            println!("{}", message.content.unwrap());
            return Ok(());
        };
        messages.push(
            ChatCompletionRequestAssistantMessageArgs::default()
                .tool_calls(calls.clone())
                .build()?
                .into(),
        );
        for call in calls {
            let ChatCompletionMessageToolCalls::Function(call) = call else {
                continue;
            };
            let arguments: Value = serde_json::from_str(&call.function.arguments)?;
            println!("{}({})", call.function.name, arguments);
            messages.push(
                ChatCompletionRequestToolMessage {
                    content: "7 degrees and rain".into(),
                    tool_call_id: call.id,
                }
                .into(),
            );
        }
    }
}
