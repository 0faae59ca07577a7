from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

# Accounts of your own, for this request alone: docs/byok.md. What the operator pays for it is nothing.
response = client.chat.completions.create(
    model='anthropic/claude-sonnet-4',
    messages=[{'role': 'user', 'content': 'Hello'}],
    extra_body={
        'providerOptions': {
            'gateway': {
                'byok': {
                    'anthropic': [{'apiKey': os.getenv('ANTHROPIC_API_KEY')}],
                },
                'only': ['anthropic'],
            }
        }
    }
)

attempts = response.choices[0].message.provider_metadata['gateway']['routing']['modelAttempts'][0]['providerAttempts']
print(f"Account: {attempts[-1]['credentialType']}")
print(f'Cost: {response.usage.cost} USD')
