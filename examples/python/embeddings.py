from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

response = client.embeddings.create(
    model='openai/text-embedding-3-small',
    input='Your text here'
)

embedding = response.data[0].embedding
print(f'Dimensions: {len(embedding)}')
