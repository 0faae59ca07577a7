from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

# What reports go by, and budgets of a tag: docs/reports.md.
response = client.chat.completions.create(
    model='openai/gpt-5',
    messages=[{'role': 'user', 'content': 'Hello'}],
    extra_body={
        'tags': ['team:search', 'env:production']
    }
)

print(f'Generation: {response.id}')
