from openai import OpenAI
import os

# At Vercel the platform puts the token there; docs/oidc.md says how the gateway comes to trust it, and those of others.
client = OpenAI(
    api_key=os.getenv('VERCEL_OIDC_TOKEN'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

response = client.chat.completions.create(
    model='openai/gpt-5',
    messages=[{'role': 'user', 'content': 'Hello'}]
)

print(f'Generation: {response.id}')
