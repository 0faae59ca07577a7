"""OpenAI's client: chat, Responses, embeddings, and the helpers that it has for each."""

import base64
import io
import wave

from openai import (
    APIError, APIStatusError, AsyncOpenAI, AuthenticationError, BadRequestError, NotFoundError, OpenAI, RateLimitError,
    pydantic_function_tool,
)
from pydantic import BaseModel

from checks import (
    BASE_URL, EMBEDDING, GEMINI, KEY, MODELS, OSLO, PNG, PNG_URL, RELAYED, RESHAPED, SPENT_KEY, TRANSLATED, check, generation,
    main, raised, same,
)

client = OpenAI(api_key=KEY, base_url=BASE_URL)


def ask(text):
    return [{'role': 'user', 'content': text}]


class Weather(BaseModel):
    """What a model is asked to answer with."""
    city: str
    degrees: int


WEATHER = {
    'type': 'function',
    'function': {
        'name': 'get_weather',
        'parameters': {'type': 'object', 'properties': {'city': {'type': 'string'}}, 'required': ['city']},
    },
}


@check('chat', 'an answer, word for word', MODELS)
def _(model):
    answer = client.chat.completions.create(model=model, messages=ask('[sim say="All is well."]'))
    same(answer.model, model)
    same(answer.choices[0].message.content, 'All is well.')
    same(answer.choices[0].finish_reason, 'stop')
    assert answer.id.startswith('gen_'), answer.id


@check('chat', 'with the asynchronous client', (TRANSLATED,))
async def _(model):
    async with AsyncOpenAI(api_key=KEY, base_url=BASE_URL) as other:
        answer = await other.chat.completions.create(model=model, messages=ask('[sim say="All is well."]'))
    same(answer.choices[0].message.content, 'All is well.')


@check('stream', 'the iterator', MODELS)
def _(model):
    chunks = list(client.chat.completions.create(model=model, messages=ask('[sim tokens=20 every=0]'), stream=True))
    assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) > 3
    same({chunk.id for chunk in chunks}, {chunks[0].id})
    same(chunks[-1].choices[0].finish_reason, 'stop')
    same(chunks[-1].usage.completion_tokens, generation(chunks[0].id)['tokens_completion'])


@check('stream', 'the helper with its events', MODELS)
def _(model):
    with client.chat.completions.stream(model=model, messages=ask('[sim say="All is well." every=0]')) as stream:
        types = [event.type for event in stream]
        final = stream.get_final_completion()
    assert 'content.delta' in types and 'content.done' in types, types
    same(final.choices[0].message.content, 'All is well.')
    assert final.usage.total_tokens > 0


@check('tools', 'a loop', MODELS)
def _(model):
    messages = ask(OSLO)
    first = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER])
    same(first.choices[0].finish_reason, 'tool_calls')
    (call,) = first.choices[0].message.tool_calls
    same((call.function.name, call.function.arguments.replace(' ', '')), ('get_weather', '{"city":"Oslo"}'))
    messages += [first.choices[0].message, {'role': 'tool', 'tool_call_id': call.id, 'content': 'Rain.'}]
    second = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER])
    same(second.choices[0].finish_reason, 'stop')
    assert second.choices[0].message.content


class get_weather(BaseModel):
    city: str


@check('tools', 'parsed from a stream by the helper', MODELS)
def _(model):
    tools = [pydantic_function_tool(get_weather)]
    with client.chat.completions.stream(model=model, messages=ask(OSLO), tools=tools) as stream:
        final = stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls
    same(call.function.parsed_arguments, get_weather(city='Oslo'))


@check('tools', 'two at once', MODELS)
def _(model):
    other = {'type': 'function', 'function': {'name': 'get_time', 'parameters': {'type': 'object', 'properties': {}}}}
    answer = client.chat.completions.create(model=model, messages=ask('[sim tools=2]'), tools=[WEATHER, other])
    calls = answer.choices[0].message.tool_calls
    same(sorted(call.function.name for call in calls), ['get_time', 'get_weather'])
    same(len({call.id for call in calls}), 2)


@check('structured', 'parse() into a model of pydantic', MODELS)
def _(model):
    answer = client.chat.completions.parse(model=model, messages=ask('How is it in Oslo?'), response_format=Weather)
    assert isinstance(answer.choices[0].message.parsed, Weather)


@check('files', 'a picture as a data URL', (RELAYED, TRANSLATED, GEMINI))
def _(model):
    content = [{'type': 'text', 'text': 'What is it?'}, {'type': 'image_url', 'image_url': {'url': PNG_URL}}]
    answer = client.chat.completions.create(model=model, messages=[{'role': 'user', 'content': content}])
    assert answer.choices[0].message.content


@check('thinking', 'told, and sent back', (TRANSLATED, RESHAPED, GEMINI))
def _(model):
    messages = ask('[sim think=20 quirk=reasoning] How many?' if model == RESHAPED else '[sim think=20] How many?')
    extra = {'reasoning': {'effort': 'high'}}
    first = client.chat.completions.create(model=model, messages=messages, extra_body=extra)
    message = first.choices[0].message
    assert message.reasoning, first
    # What the client does not know of a message it keeps, and sends.
    assert message.model_dump()['reasoning_details']
    messages += [message, {'role': 'user', 'content': 'And now?'}]
    second = client.chat.completions.create(model=model, messages=messages, extra_body=extra)
    assert second.choices[0].message.content


@check('responses', 'an answer', MODELS)
def _(model):
    answer = client.responses.create(model=model, input='[sim say="All is well."]')
    same((answer.output_text, answer.status), ('All is well.', 'completed'))


@check('responses', 'the stream helper', MODELS)
def _(model):
    with client.responses.stream(model=model, input='[sim say="All is well." every=0]') as stream:
        types = [event.type for event in stream]
        final = stream.get_final_response()
    assert 'response.output_text.delta' in types, types
    same(final.output_text, 'All is well.')


@check('responses', 'a loop with tools', MODELS)
def _(model):
    tool = {'type': 'function', 'name': 'get_weather', 'parameters': WEATHER['function']['parameters'], 'strict': False}
    items = ask(OSLO)
    first = client.responses.create(model=model, input=items, tools=[tool])
    (call,) = [item for item in first.output if item.type == 'function_call']
    same(call.arguments.replace(' ', ''), '{"city":"Oslo"}')
    items += first.output + [{'type': 'function_call_output', 'call_id': call.call_id, 'output': 'Rain.'}]
    assert client.responses.create(model=model, input=items, tools=[tool]).output_text


@check('responses', 'parse() into a model of pydantic', MODELS)
def _(model):
    answer = client.responses.parse(model=model, input='How is it in Oslo?', text_format=Weather)
    assert isinstance(answer.output_parsed, Weather)


@check('responses', 'goes on where an answer is kept', (RELAYED,))
def _(model):
    first = client.responses.create(model=model, input='Hello')
    second = client.responses.create(model=model, input='And now?', previous_response_id=first.id)
    assert second.output_text


@check('embeddings', 'by base64, which the client asks for unless told otherwise')
def _():
    answer = client.embeddings.create(model=EMBEDDING, input=['Text 1', 'Text 2'])
    same([(item.index, len(item.embedding)) for item in answer.data], [(0, 1536), (1, 1536)])
    assert all(-1 <= value <= 1 for value in answer.data[0].embedding)
    plain = client.embeddings.create(model=EMBEDDING, input=['Text 1'], encoding_format='float')
    assert max(abs(a - b) for a, b in zip(plain.data[0].embedding, answer.data[0].embedding)) < 1e-6


@check('embeddings', 'of fewer dimensions')
def _():
    answer = client.embeddings.create(model=EMBEDDING, input='Text', dimensions=256)
    same(len(answer.data[0].embedding), 256)
    assert answer.usage.total_tokens > 0


@check('models', 'the list, and one of it')
def _():
    ids = [model.id for model in client.models.list()]
    assert set(MODELS) <= set(ids), ids
    same(client.models.retrieve(RELAYED).id, RELAYED)


@check('images', 'one, as base64', ('openai/gpt-image-1', 'google/gemini-2.5-flash-image'))
def _(model):
    (image,) = client.images.generate(model=model, prompt='A gate').data
    same(base64.b64decode(image.b64_json)[:4], PNG[:4])


@check('speech', 'sound, whole and as it comes')
def _():
    asked = {'model': 'openai/gpt-4o-mini-tts', 'voice': 'alloy', 'input': 'Hello', 'response_format': 'wav'}
    same(client.audio.speech.create(**asked).content[:4], b'RIFF')
    with client.audio.speech.with_streaming_response.create(**asked) as reply:
        assert b''.join(reply.iter_bytes()).startswith(b'RIFF')


@check('transcription', 'the words of a file', ('openai/whisper-1', 'openai/gpt-4o-transcribe'))
def _(model):
    sound = io.BytesIO()
    with wave.open(sound, 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    assert client.audio.transcriptions.create(model=model, file=('a.wav', sound.getvalue())).text


@check('moderation', 'a result for each text')
def _():
    same(len(client.moderations.create(model='openai/omni-moderation-latest', input=['Hello', 'Bye']).results), 2)


@check('completions', 'by a model that completes, and by one that chats', ('openai/gpt-3.5-turbo-instruct', TRANSLATED))
def _(model):
    same(client.completions.create(model=model, prompt='[sim say="All is well."]').choices[0].text, 'All is well.')
    chunks = client.completions.create(model=model, prompt='[sim say="All is well." every=0]', stream=True)
    same(''.join(chunk.choices[0].text for chunk in chunks if chunk.choices), 'All is well.')


@check('routing', 'a fallback, and tags, by extra_body')
def _():
    answer = client.chat.completions.create(
        model=RELAYED,
        messages=ask('[sim model=gpt-4o status=503] Hello'),
        extra_body={'models': [TRANSLATED], 'tags': ['a'], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}},
    )
    same((answer.model, generation(answer.id)['tags']), (TRANSLATED, ['a']))


@check('errors', 'AuthenticationError')
def _():
    stranger = OpenAI(api_key='hg_nobody', base_url=BASE_URL)
    error = raised(AuthenticationError, stranger.chat.completions.create, model=RELAYED, messages=ask('Hello'))
    same(error.status_code, 401)


@check('errors', 'NotFoundError, with the nearest name')
def _():
    error = raised(NotFoundError, client.chat.completions.create, model='openai/gpt-4oo', messages=ask('Hello'))
    assert 'openai/gpt-4o' in error.message, error.message
    assert error.code == 'model_not_found', error.code


@check('errors', 'BadRequestError, with the parameter', MODELS)
def _(model):
    error = raised(BadRequestError, client.chat.completions.create, model=model, messages=ask('Hello'), temperature='hot')
    same(error.param, 'temperature')


@check('errors', 'RateLimitError, with when to come again')
def _():
    spent = OpenAI(api_key=SPENT_KEY, base_url=BASE_URL, max_retries=0)
    error = raised(RateLimitError, spent.chat.completions.create, model=RELAYED, messages=ask('Hello'))
    assert 0 < int(error.response.headers['retry-after']) <= 60


@check('errors', 'of all providers, once: the client does not try what has been tried', MODELS)
def _(model):
    error = raised(APIStatusError, client.chat.completions.create, model=model, messages=ask('[sim status=500] Hello'))
    same(error.status_code, 503)
    same(error.response.headers['x-should-retry'], 'false')


@check('errors', 'in the middle of a stream', MODELS)
def _(model):
    def read():
        for _ in client.chat.completions.create(model=model, messages=ask('[sim tokens=20 cut=6 every=0]'), stream=True):
            pass
    assert raised(APIError, read).message


@check('usage', 'what the ledger has', MODELS)
def _(model):
    answer = client.chat.completions.create(model=model, messages=ask('[sim tokens=30]'))
    usage, row = answer.usage, generation(answer.id)
    same(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
    same((usage.prompt_tokens, usage.completion_tokens), (row['tokens_prompt'], row['tokens_completion']))
    assert usage.cost == row['total_cost'] > 0, (usage, row)


@check('leaving', 'a stream that is closed is closed in the ledger', MODELS)
def _(model):
    stream = client.chat.completions.create(model=model, messages=ask('[sim tokens=endless every=5ms]'), stream=True)
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            break
    stream.close()
    same(generation(chunk.id)['error'], 'client_closed')


main()
