"""LiteLLM as a client of a gateway: `openai/` before a model's name says by which API, and the rest is the name."""

import litellm
from pydantic import BaseModel

from checks import (
    ADDRESS, BASE_URL, EMBEDDING, GEMINI, KEY, MODELS, OSLO, PNG_URL, RELAYED, SPENT_KEY, TRANSLATED, check, generation, main,
    raised, same,
)

litellm.suppress_debug_info = True
WEATHER = {
    'type': 'function',
    'function': {
        'name': 'get_weather',
        'parameters': {'type': 'object', 'properties': {'city': {'type': 'string'}}, 'required': ['city']},
    },
}


def ask(model, text, **more):
    more = {'api_base': BASE_URL, 'api_key': KEY, 'num_retries': 0, **more}
    return {'model': f'openai/{model}', 'messages': [{'role': 'user', 'content': text}], **more}


@check('chat', 'an answer, word for word', MODELS)
def _(model):
    answer = litellm.completion(**ask(model, '[sim say="All is well."]'))
    same((answer.choices[0].message.content, answer.choices[0].finish_reason), ('All is well.', 'stop'))


@check('chat', 'by the Messages API', (TRANSLATED, RELAYED))
def _(model):
    answer = litellm.completion(**{**ask(model, '[sim say="All is well."]', api_base=ADDRESS), 'model': f'anthropic/{model}'})
    same(answer.choices[0].message.content, 'All is well.')


@check('stream', 'the iterator', MODELS)
def _(model):
    chunks = list(litellm.completion(**ask(model, '[sim say="All is well." every=0]'), stream=True))
    same(''.join(chunk.choices[0].delta.content or '' for chunk in chunks), 'All is well.')
    same(chunks[-1].choices[0].finish_reason, 'stop')


@check('stream', 'put together by its builder', MODELS)
def _(model):
    asked = ask(model, '[sim tokens=20 every=0]', stream_options={'include_usage': True})
    whole = litellm.stream_chunk_builder(list(litellm.completion(**asked, stream=True)))
    assert whole.choices[0].message.content and whole.usage.completion_tokens > 0, whole


@check('tools', 'a loop', MODELS)
def _(model):
    asked = ask(model, OSLO, tools=[WEATHER])
    first = litellm.completion(**asked).choices[0].message
    (call,) = first.tool_calls
    same(call.function.arguments.replace(' ', ''), '{"city":"Oslo"}')
    asked['messages'] += [first, {'role': 'tool', 'tool_call_id': call.id, 'content': 'Rain.'}]
    same(litellm.completion(**asked).choices[0].finish_reason, 'stop')


class Weather(BaseModel):
    city: str
    degrees: int


@check('structured', 'response_format of a model of pydantic', MODELS)
def _(model):
    answer = litellm.completion(**ask(model, 'How is it in Oslo?', response_format=Weather))
    Weather.model_validate_json(answer.choices[0].message.content)


@check('files', 'a picture as a data URL', (RELAYED, TRANSLATED, GEMINI))
def _(model):
    content = [{'type': 'text', 'text': 'What is it?'}, {'type': 'image_url', 'image_url': {'url': PNG_URL}}]
    assert litellm.completion(**ask(model, content)).choices[0].message.content


@check('thinking', 'told', (TRANSLATED, GEMINI))
def _(model):
    answer = litellm.completion(**ask(model, '[sim think=20] How many?', extra_body={'reasoning': {'effort': 'high'}}))
    assert answer.choices[0].message.reasoning_content, answer


@check('thinking', 'goes back within a loop with tools', (TRANSLATED, GEMINI))
def _(model):
    asked = ask(model, f'[sim think=20] {OSLO}', tools=[WEATHER], extra_body={'reasoning': {'effort': 'high'}})
    first = litellm.completion(**asked).choices[0].message
    (call,) = first.tool_calls
    asked['messages'] += [first, {'role': 'tool', 'tool_call_id': call.id, 'content': 'Rain.'}]
    second = litellm.completion(**asked)
    same(second.choices[0].finish_reason, 'stop')
    # What is left out would be told.
    gateway = second.choices[0].message.provider_specific_fields['provider_metadata']['gateway']
    same(gateway.get('dropped'), None)


@check('routing', 'a fallback, by extra_body')
def _():
    more = {'models': [TRANSLATED], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}}
    answer = litellm.completion(**ask(RELAYED, '[sim model=gpt-4o status=503] Hello', extra_body=more))
    same(answer.model.removeprefix('openai/'), TRANSLATED)


@check('responses', 'an answer', MODELS)
def _(model):
    answer = litellm.responses(model=f'openai/{model}', input='[sim say="All is well."]', api_base=BASE_URL, api_key=KEY)
    same(answer.output[-1].content[0].text, 'All is well.')


@check('embeddings', 'a vector for each text')
def _():
    answer = litellm.embedding(model=f'openai/{EMBEDDING}', input=['Text 1', 'Text 2'], api_base=BASE_URL, api_key=KEY)
    same([len(item['embedding']) for item in answer.data], [1536, 1536])


@check('errors', 'AuthenticationError')
def _():
    raised(litellm.AuthenticationError, litellm.completion, **ask(RELAYED, 'Hello', api_key='hg_nobody'))


@check('errors', 'NotFoundError, with the nearest name')
def _():
    error = raised(litellm.NotFoundError, litellm.completion, **ask('openai/gpt-4oo', 'Hello'))
    assert 'openai/gpt-4o' in error.message, error.message


@check('errors', 'RateLimitError')
def _():
    raised(litellm.RateLimitError, litellm.completion, **ask(RELAYED, 'Hello', api_key=SPENT_KEY, max_retries=0))


@check('errors', 'of all providers', MODELS)
def _(model):
    error = raised(litellm.ServiceUnavailableError, litellm.completion, **ask(model, '[sim status=500] Hello'))
    assert 'No provider answered' in error.message, error.message


@check('usage', 'what the ledger has', MODELS)
def _(model):
    answer = litellm.completion(**ask(model, '[sim tokens=30]'))
    row = generation(answer.id)
    same((answer.usage.prompt_tokens, answer.usage.completion_tokens), (row['tokens_prompt'], row['tokens_completion']))


main()
