import os

from langchain_openai import ChatOpenAI

llm = ChatOpenAI(
    model='anthropic/claude-sonnet-4',
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

response = llm.invoke('Hello, world!')

print(response.content)
print(response.usage_metadata)
