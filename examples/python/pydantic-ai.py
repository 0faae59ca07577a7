import os

from openai import AsyncOpenAI
from pydantic_ai import Agent
# The seed's OpenAIModel is called OpenAIChatModel today, and where and how it asks is said by a provider.
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.vercel import VercelProvider

model = OpenAIChatModel(
    'anthropic/claude-sonnet-4',
    provider=VercelProvider(openai_client=AsyncOpenAI(
        base_url=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1'),
        api_key=os.getenv('AI_GATEWAY_API_KEY')
    ))
)

agent = Agent(model=model)
result = agent.run_sync('Hello')

print(result.output)
