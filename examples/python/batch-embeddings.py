from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

response = client.embeddings.create(
    model='openai/text-embedding-3-small',
    input=['Text 1', 'Text 2', 'Text 3']
)

for item in response.data:
    print(f'Index {item.index}: {len(item.embedding)} dims')
