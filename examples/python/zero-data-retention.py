from openai import OpenAI
import os

client = OpenAI(
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

response = client.chat.completions.create(
    model='anthropic/claude-sonnet-4',
    messages=[{'role': 'user', 'content': 'Sensitive data...'}],
    extra_body={
        'providerOptions': {
            'gateway': {
                'zeroDataRetention': True
            }
        }
    }
)

# Nobody is asked of whom it does not hold: then this is an APIError that says who was passed over, and why.
print(response.choices[0].message.content)
