"""LlamaIndex, by OpenAILike: the class OpenAI has a list of models."""

import openai
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

from checks import (
    BASE_URL, EMBEDDING, GEMINI, KEY, MODELS, OSLO, PNG, RELAYED, SPENT_KEY, TRANSLATED, check, generation, main, raised, same,
)


def llm(model, key=KEY, **more):
    return OpenAILike(
        model=model, api_key=key, api_base=BASE_URL, is_chat_model=True, is_function_calling_model=True, max_retries=0, **more,
    )


def ask(text):
    return [ChatMessage(role='user', content=text)]


@check('chat', 'chat and complete', MODELS)
def _(model):
    same(llm(model).chat(ask('[sim say="All is well."]')).message.content, 'All is well.')
    same(llm(model).complete('[sim say="All is well."]').text, 'All is well.')


@check('chat', 'a model that takes no temperature: 0.1 is sent with every request', ('openai/gpt-5',))
def _(model):
    assert llm(model).complete('Hello').text


@check('chat', 'the class OpenAI refuses the name itself, as its page says')
def _():
    error = raised(ValueError, OpenAI(model=RELAYED, api_key=KEY, api_base=BASE_URL).complete, 'Hello')
    assert 'Unknown model' in str(error), error


@check('stream', 'stream_chat', MODELS)
def _(model):
    pieces = [piece.delta for piece in llm(model).stream_chat(ask('[sim say="All is well." every=0]'))]
    same(''.join(piece or '' for piece in pieces), 'All is well.')


def get_weather(city: str) -> str:
    """How the weather is."""
    return 'Rain.'


@check('tools', 'a loop', MODELS)
def _(model):
    one = llm(model)
    tool = FunctionTool.from_defaults(get_weather)
    first = one.chat_with_tools([tool], user_msg=OSLO)
    (call,) = one.get_tool_calls_from_response(first)
    same((call.tool_name, call.tool_kwargs), ('get_weather', {'city': 'Oslo'}))
    result = ChatMessage(role='tool', content='Rain.', additional_kwargs={'tool_call_id': call.tool_id})
    history = [*ask(OSLO), first.message, result]
    second = one.chat_with_tools([tool], chat_history=history)
    same(one.get_tool_calls_from_response(second, error_on_no_tool_call=False), [])


class Weather(BaseModel):
    """How the weather is."""
    city: str
    degrees: int


@check('structured', 'as_structured_llm', MODELS)
def _(model):
    answer = llm(model, should_use_structured_outputs=True).as_structured_llm(Weather).chat(ask('How is it in Oslo?'))
    assert isinstance(answer.raw, Weather), answer


@check('structured', 'structured_predict by a tool', MODELS)
def _(model):
    from llama_index.core import PromptTemplate
    assert isinstance(llm(model).structured_predict(Weather, PromptTemplate('How is it in Oslo?')), Weather)


@check('files', 'a picture', (RELAYED, TRANSLATED, GEMINI))
def _(model):
    blocks = [TextBlock(text='What is it?'), ImageBlock(image=PNG, image_mimetype='image/png')]
    assert llm(model).chat([ChatMessage(role='user', blocks=blocks)]).message.content


@check('embeddings', 'by model_name, which is not looked up')
def _():
    # `model` is one of a list, `model_name` is what is asked for.
    embedding = OpenAIEmbedding(model_name=EMBEDDING, api_key=KEY, api_base=BASE_URL)
    same([len(vector) for vector in embedding.get_text_embedding_batch(['Text 1', 'Text 2'])], [1536, 1536])
    same(len(embedding.get_query_embedding('Text')), 1536)


@check('routing', 'a fallback, by extra_body')
def _():
    more = {'models': [TRANSLATED], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}}
    one = llm(RELAYED, additional_kwargs={'extra_body': more})
    same(one.chat(ask('[sim model=gpt-4o status=503] Hello')).raw.model, TRANSLATED)


@check('errors', 'those of openai')
def _():
    raised(openai.AuthenticationError, llm(RELAYED, key='hg_nobody').complete, 'Hello')
    raised(openai.RateLimitError, llm(RELAYED, key=SPENT_KEY).complete, 'Hello')
    error = raised(openai.NotFoundError, llm('openai/gpt-4oo').complete, 'Hello')
    assert 'openai/gpt-4o' in error.message, error.message


@check('usage', 'what the ledger has', MODELS)
def _(model):
    raw = llm(model).chat(ask('[sim tokens=30]')).raw
    row = generation(raw.id)
    same((raw.usage.prompt_tokens, raw.usage.completion_tokens), (row['tokens_prompt'], row['tokens_completion']))


main()
