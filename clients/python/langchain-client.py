"""LangChain's ChatOpenAI and OpenAIEmbeddings."""

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from checks import (
    BASE_URL, EMBEDDING, GEMINI, KEY, MODELS, OSLO, PNG_URL, RELAYED, SPENT_KEY, TRANSLATED, check, generation, main, raised, same,
)


def chat(model, **more):
    return ChatOpenAI(**{'model': model, 'api_key': KEY, 'base_url': BASE_URL, 'max_retries': 0, **more})


@tool
def get_weather(city: str) -> str:
    """How the weather is."""
    return 'Rain.'


class Weather(BaseModel):
    """How the weather is."""
    city: str
    degrees: int


@check('chat', 'invoke', MODELS)
def _(model):
    same(chat(model).invoke('[sim say="All is well."]').content, 'All is well.')


@check('chat', 'ainvoke and batch', (TRANSLATED,))
async def _(model):
    same((await chat(model).ainvoke('[sim say="All is well."]')).content, 'All is well.')
    same([one.content for one in await chat(model).abatch(['[sim say="A."]', '[sim say="B."]'])], ['A.', 'B.'])


@check('stream', 'pieces that add up', MODELS)
def _(model):
    pieces = list(chat(model).stream('[sim tokens=20 every=0]'))
    whole = sum(pieces[1:], pieces[0])
    assert len(pieces) > 3 and whole.content, pieces
    same(whole.usage_metadata['total_tokens'], whole.usage_metadata['input_tokens'] + whole.usage_metadata['output_tokens'])


@check('tools', 'a loop', MODELS)
def _(model):
    bound = chat(model).bind_tools([get_weather])
    messages = [HumanMessage(OSLO)]
    first = bound.invoke(messages)
    (call,) = first.tool_calls
    same((call['name'], call['args']), ('get_weather', {'city': 'Oslo'}))
    messages += [first, get_weather.invoke(call)]
    assert isinstance(messages[-1], ToolMessage)
    same(bound.invoke(messages).tool_calls, [])


@check('tools', 'from a stream', MODELS)
def _(model):
    pieces = list(chat(model).bind_tools([get_weather]).stream(OSLO))
    (call,) = sum(pieces[1:], pieces[0]).tool_calls
    same(call['args'], {'city': 'Oslo'})


@check('structured', 'with_structured_output by a schema', MODELS)
def _(model):
    assert isinstance(chat(model).with_structured_output(Weather).invoke('How is it in Oslo?'), Weather)


@check('structured', 'with_structured_output by a tool', MODELS)
def _(model):
    bound = chat(model).with_structured_output(Weather, method='function_calling')
    assert isinstance(bound.invoke('How is it in Oslo?'), Weather)


@check('files', 'a picture', (RELAYED, TRANSLATED, GEMINI))
def _(model):
    content = [{'type': 'text', 'text': 'What is it?'}, {'type': 'image_url', 'image_url': {'url': PNG_URL}}]
    assert chat(model).invoke([HumanMessage(content)]).content


@check('responses', 'an answer, a stream, a tool', MODELS)
def _(model):
    other = chat(model, use_responses_api=True)
    same(other.invoke('[sim say="All is well."]').text, 'All is well.')
    same(''.join(piece.text for piece in other.stream('[sim say="All is well." every=0]')), 'All is well.')
    (call,) = other.bind_tools([get_weather]).invoke(OSLO).tool_calls
    same(call['args'], {'city': 'Oslo'})


@check('embeddings', 'documents and a query')
def _():
    # It would turn texts into OpenAI's tokens itself, by a table that it fetches from elsewhere.
    embeddings = OpenAIEmbeddings(model=EMBEDDING, api_key=KEY, base_url=BASE_URL, check_embedding_ctx_length=False)
    same([len(vector) for vector in embeddings.embed_documents(['Text 1', 'Text 2'])], [1536, 1536])
    same(len(embeddings.embed_query('Text')), 1536)


@check('routing', 'options of the gateway by extra_body')
def _():
    more = {'models': [TRANSLATED], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}}
    answer = chat(RELAYED, extra_body=more).invoke('[sim model=gpt-4o status=503] Hello')
    same(answer.response_metadata['model_name'], TRANSLATED)


@check('leaving', 'a stream that nobody reads on', MODELS)
def _(model):
    stream = chat(model, include_response_headers=True).stream('[sim tokens=endless every=5ms]')
    pieces = []
    for piece in stream:
        pieces.append(piece)
        if piece.content:
            break
    stream.close()
    same(generation(pieces[0].response_metadata['headers']['x-request-id'])['error'], 'client_closed')


@check('errors', 'AuthenticationError')
def _():
    raised(openai.AuthenticationError, chat(RELAYED, api_key='hg_nobody').invoke, 'Hello')


@check('errors', 'RateLimitError')
def _():
    raised(openai.RateLimitError, chat(RELAYED, api_key=SPENT_KEY).invoke, 'Hello')


@check('errors', 'of all providers, with what was tried', MODELS)
def _(model):
    error = raised(openai.APIStatusError, chat(model).invoke, '[sim status=500] Hello')
    same(error.status_code, 503)
    assert 'No provider answered' in error.message, error.message


@check('usage', 'what the ledger has', MODELS)
def _(model):
    answer = chat(model).invoke('[sim tokens=30]')
    row = generation(answer.response_metadata['id'])
    usage = answer.usage_metadata
    same((usage['input_tokens'], usage['output_tokens']), (row['tokens_prompt'], row['tokens_completion']))


main()
