from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

# The seed shows this with curl.
response = client.chat.completions.create(
    model='anthropic/claude-sonnet-4',
    messages=[{'role': 'user', 'content': 'Hello'}],
    extra_body={
        'providerOptions': {
            'gateway': {
                'order': ['vertex', 'anthropic'],
                'zeroDataRetention': True
            }
        }
    }
)

gateway = response.choices[0].message.provider_metadata['gateway']
print(f"Provider: {gateway['routing']['finalProvider']}")
print(f"Cost: {gateway['cost']} USD")
