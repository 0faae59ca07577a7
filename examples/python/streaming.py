from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

stream = client.chat.completions.create(
    model='openai/gpt-5',
    messages=[
        {'role': 'user', 'content': 'Write a story'}
    ],
    stream=True
)

for chunk in stream:
    content = chunk.choices[0].delta.content
    if content:
        print(content, end='', flush=True)
