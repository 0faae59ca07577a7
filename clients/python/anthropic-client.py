"""Anthropic's client, which gets every model by the Messages API."""

from anthropic import (
    Anthropic, APIError, AsyncAnthropic, AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError,
    beta_tool,
)
from pydantic import BaseModel

from checks import (
    ADDRESS, GEMINI, KEY, MODELS, OSLO, PNG_BASE64, RELAYED, SPENT_KEY, TRANSLATED, check, generation, main, raised, same,
)

client = Anthropic(api_key=KEY, base_url=ADDRESS)
WEATHER = {
    'name': 'get_weather',
    'description': 'How the weather is.',
    'input_schema': {'type': 'object', 'properties': {'city': {'type': 'string'}}, 'required': ['city']},
}


def say(model, text, **more):
    return {'model': model, 'max_tokens': 2000, 'messages': [{'role': 'user', 'content': text}], **more}


@check('chat', 'an answer, word for word', MODELS)
def _(model):
    answer = client.messages.create(**say(model, '[sim say="All is well."]'))
    same((answer.model, answer.stop_reason, answer.content[-1].text), (model, 'end_turn', 'All is well.'))
    assert answer.id.startswith('gen_') or answer.id.startswith('msg_'), answer.id


@check('chat', 'with the asynchronous client', (RELAYED,))
async def _(model):
    async with AsyncAnthropic(api_key=KEY, base_url=ADDRESS) as other:
        answer = await other.messages.create(**say(model, '[sim say="All is well."]'))
    same(answer.content[-1].text, 'All is well.')


@check('stream', 'the iterator', MODELS)
def _(model):
    types = [event.type for event in client.messages.create(**say(model, '[sim tokens=20 every=0]'), stream=True)]
    same((types[0], types[-1]), ('message_start', 'message_stop'))
    assert types.count('content_block_delta') > 3, types


@check('stream', 'the helper', MODELS)
def _(model):
    with client.messages.stream(**say(model, '[sim say="All is well." every=0]')) as stream:
        text = ''.join(stream.text_stream)
        final = stream.get_final_message()
    same((text, final.stop_reason), ('All is well.', 'end_turn'))
    assert final.usage.output_tokens > 0


@check('tools', 'a loop', MODELS)
def _(model):
    asked = say(model, OSLO, tools=[WEATHER])
    first = client.messages.create(**asked)
    same(first.stop_reason, 'tool_use')
    (call,) = [block for block in first.content if block.type == 'tool_use']
    same((call.name, call.input), ('get_weather', {'city': 'Oslo'}))
    result = {'type': 'tool_result', 'tool_use_id': call.id, 'content': 'Rain.'}
    asked['messages'] += [{'role': 'assistant', 'content': first.content}, {'role': 'user', 'content': [result]}]
    second = client.messages.create(**asked)
    same(second.stop_reason, 'end_turn')


@check('tools', 'the runner', MODELS)
def _(model):
    asked = []

    @beta_tool
    def get_weather(city: str) -> str:
        """How the weather is.

        Args:
            city: Where.
        """
        asked.append(city)
        return 'Rain.'

    final = client.beta.messages.tool_runner(**say(model, OSLO, tools=[get_weather])).until_done()
    same((asked, final.stop_reason), (['Oslo'], 'end_turn'))


class Weather(BaseModel):
    city: str
    degrees: int


@check('structured', 'parse() into a model of pydantic', MODELS)
def _(model):
    answer = client.messages.parse(**say(model, 'How is it in Oslo?'), output_format=Weather)
    assert isinstance(answer.parsed_output, Weather), answer


@check('files', 'a picture', (TRANSLATED, RELAYED, GEMINI))
def _(model):
    source = {'type': 'base64', 'media_type': 'image/png', 'data': PNG_BASE64}
    content = [{'type': 'image', 'source': source}, {'type': 'text', 'text': 'What is it?'}]
    assert client.messages.create(**say(model, content)).content


@check('thinking', 'told, and sent back', (TRANSLATED, GEMINI))
def _(model):
    asked = say(model, '[sim think=20] How many?', thinking={'type': 'enabled', 'budget_tokens': 1024})
    first = client.messages.create(**asked)
    same(first.content[0].type, 'thinking')
    asked['messages'] += [{'role': 'assistant', 'content': first.content}, {'role': 'user', 'content': 'And now?'}]
    assert client.messages.create(**asked).content


@check('counting', 'the tokens of a request', MODELS)
def _(model):
    counted = client.messages.count_tokens(model=model, messages=[{'role': 'user', 'content': 'Hello'}])
    assert counted.input_tokens > 0


@check('models', 'the list')
def _():
    assert next(iter(client.models.list())).id


@check('routing', 'a fallback, by extra_body')
def _():
    more = {'models': [TRANSLATED], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}}
    same(client.messages.create(**say(RELAYED, '[sim model=gpt-4o status=503] Hello'), extra_body=more).model, TRANSLATED)


@check('errors', 'AuthenticationError')
def _():
    stranger = Anthropic(api_key='hg_nobody', base_url=ADDRESS)
    same(raised(AuthenticationError, stranger.messages.create, **say(TRANSLATED, 'Hello')).status_code, 401)


@check('errors', 'NotFoundError, with the nearest name')
def _():
    error = raised(NotFoundError, client.messages.create, **say('openai/gpt-4oo', 'Hello'))
    assert 'openai/gpt-4o' in error.message, error.message


@check('errors', 'BadRequestError', MODELS)
def _(model):
    error = raised(BadRequestError, client.messages.create, **say(model, 'Hello', stop_sequences='x'))
    assert 'stop_sequences' in error.message, error.message


@check('errors', 'RateLimitError, with when to come again')
def _():
    spent = Anthropic(api_key=SPENT_KEY, base_url=ADDRESS, max_retries=0)
    error = raised(RateLimitError, spent.messages.create, **say(TRANSLATED, 'Hello'))
    assert 0 < int(error.response.headers['retry-after']) <= 60


@check('errors', 'of all providers, once', MODELS)
def _(model):
    error = raised(InternalServerError, client.messages.create, **say(model, '[sim status=500] Hello'))
    same((error.status_code, error.response.headers['x-should-retry']), (503, 'false'))


@check('errors', 'in the middle of a stream', MODELS)
def _(model):
    def read():
        for _ in client.messages.create(**say(model, '[sim tokens=20 cut=6 every=0]'), stream=True):
            pass
    assert raised(APIError, read).message


@check('usage', 'what the ledger has', MODELS)
def _(model):
    answer = client.messages.create(**say(model, '[sim tokens=30]'))
    row = generation(answer.id)
    same((answer.usage.input_tokens, answer.usage.output_tokens), (row['tokens_prompt'], row['tokens_completion']))


@check('leaving', 'a stream that is closed is closed in the ledger', MODELS)
def _(model):
    with client.messages.stream(**say(model, '[sim tokens=endless every=5ms]')) as stream:
        for event in stream:
            if event.type == 'message_start':
                id = event.message.id
            if event.type == 'text':
                break
    same(generation(id)['error'], 'client_closed')


main()
