from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

response = client.chat.completions.create(
    model='openai/gpt-5',  # Primary
    messages=[{'role': 'user', 'content': 'Hello'}],
    extra_body={
        'models': ['openai/gpt-5-mini', 'anthropic/claude-sonnet-4']  # Fallbacks
    }
)

print(f'Model used: {response.model}')
