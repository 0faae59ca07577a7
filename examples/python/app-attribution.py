from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

# The seed shows these two headers with curl; in Python they are `extra_headers`, or `default_headers` of the client.
response = client.chat.completions.create(
    model='openai/gpt-5',
    messages=[{'role': 'user', 'content': 'Hello'}],
    extra_headers={
        'HTTP-Referer': 'https://myapp.vercel.app',
        'X-Title': 'MyApp'
    }
)

print(f'Generation: {response.id}')
