import os

from openai import OpenAI, APIError, AuthenticationError, RateLimitError

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

try:
    response = client.chat.completions.create(
        model='openai/gpt-5',
        messages=[{'role': 'user', 'content': 'Hello'}]
    )
    print(response.choices[0].message.content)
except AuthenticationError:
    print('Invalid API key')
except RateLimitError:
    print('Rate limited - Gateway auto-retries')
except APIError as e:
    print(f'API error: {e.status_code} - {e.message}')
