from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

from openai import APIStatusError

# Whose quota it is: budgets and rate limits for end users go by `user` (docs/budgets.md, docs/limits.md).
try:
    response = client.chat.completions.create(
        model='openai/gpt-5',
        messages=[{'role': 'user', 'content': 'Hello'}],
        user='customer-42'
    )
    print(f'Generation: {response.id}')
except APIStatusError as e:
    if e.status_code != 402:
        raise
    print(f'Quota spent: {e.message}')
