import os

# The seed has `from llama_index.llms.openai import OpenAI`. That class has a list of OpenAI's own models, and refuses
# every other name. The same client without the list, from llama-index-llms-openai-like:
from llama_index.llms.openai_like import OpenAILike

llm = OpenAILike(
    model='openai/gpt-5',
    is_chat_model=True,
    api_key=os.getenv('AI_GATEWAY_API_KEY'),
    api_base=os.getenv('AI_GATEWAY_BASE_URL', 'http://127.0.0.1:8787/v1')
)

print(llm.complete('Hello'))
