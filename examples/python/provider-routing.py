from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

response = client.chat.completions.create(
    model='anthropic/claude-sonnet-4',
    messages=[{'role': 'user', 'content': 'Hello'}],
    extra_body={
        'providerOptions': {
            'gateway': {
                'order': ['vertex', 'anthropic'],
                'only': ['vertex', 'anthropic'],
            }
        }
    }
)

# What the gateway adds: who answered, and why. The SDK keeps members that it does not know.
routing = response.choices[0].message.provider_metadata['gateway']['routing']
print(f"Provider: {routing['finalProvider']}")
print(routing['planningReasoning'])
