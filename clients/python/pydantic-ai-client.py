"""Pydantic AI, by OpenAIChatModel with its Vercel provider, and by OpenAIResponsesModel."""

from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, ModelHTTPError
from pydantic_ai.messages import ThinkingPart
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.vercel import VercelProvider

from checks import (
    BASE_URL, GEMINI, KEY, MODELS, OSLO, PNG, RELAYED, SPENT_KEY, TRANSLATED, check, generation, main, raised, same,
)


def provider(key=KEY):
    return VercelProvider(openai_client=AsyncOpenAI(base_url=BASE_URL, api_key=key, max_retries=0))


def agent(model, key=KEY, kind=OpenAIChatModel, **more):
    return Agent(kind(model, provider=provider(key)), **more)


class Weather(BaseModel):
    """How the weather is."""
    city: str
    degrees: int


@check('chat', 'run_sync', MODELS)
def _(model):
    same(agent(model).run_sync('[sim say="All is well."]').output, 'All is well.')


@check('chat', 'a second turn with what was said', MODELS)
def _(model):
    first = agent(model).run_sync('Hello')
    assert agent(model).run_sync('And now?', message_history=first.all_messages()).output


@check('stream', 'run_stream', MODELS)
async def _(model):
    async with agent(model).run_stream('[sim say="All is well." every=0]') as result:
        text = ''.join([piece async for piece in result.stream_text(delta=True, debounce_by=None)])
    same(text, 'All is well.')


@check('tools', 'a loop', MODELS)
def _(model):
    asked = []
    one = agent(model)

    @one.tool_plain
    def get_weather(city: str) -> str:
        asked.append(city)
        return 'Rain.'

    assert one.run_sync(OSLO).output
    same(asked, ['Oslo'])


@check('structured', 'output_type', MODELS)
def _(model):
    assert isinstance(agent(model, output_type=Weather).run_sync('How is it in Oslo?').output, Weather)


@check('files', 'a picture', (RELAYED, TRANSLATED, GEMINI))
def _(model):
    assert agent(model).run_sync(['What is it?', BinaryContent(data=PNG, media_type='image/png')]).output


@check('thinking', 'told, and sent back', (TRANSLATED, GEMINI))
def _(model):
    settings = {'extra_body': {'reasoning': {'effort': 'high'}}}
    first = agent(model).run_sync('[sim think=20] How many?', model_settings=settings)
    assert any(isinstance(part, ThinkingPart) for part in first.all_messages()[-1].parts), first.all_messages()
    assert agent(model).run_sync('And now?', message_history=first.all_messages(), model_settings=settings).output


@check('responses', 'an answer and a tool', MODELS)
def _(model):
    asked = []
    one = agent(model, kind=OpenAIResponsesModel)

    @one.tool_plain
    def get_weather(city: str) -> str:
        asked.append(city)
        return 'Rain.'

    same(one.run_sync('[sim say="All is well."]').output, 'All is well.')
    assert one.run_sync(OSLO).output
    same(asked, ['Oslo'])


@check('routing', 'options of the gateway by extra_body')
def _():
    more = {'models': [TRANSLATED], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}}
    result = agent(RELAYED).run_sync('[sim model=gpt-4o status=503] Hello', model_settings={'extra_body': more})
    same(result.all_messages()[-1].model_name, TRANSLATED)


@check('errors', 'ModelHTTPError, with status and body')
def _():
    same(raised(ModelHTTPError, agent(RELAYED, key='hg_nobody').run_sync, 'Hello').status_code, 401)
    same(raised(ModelHTTPError, agent(RELAYED, key=SPENT_KEY).run_sync, 'Hello').status_code, 429)
    error = raised(ModelHTTPError, agent('openai/gpt-4oo').run_sync, 'Hello')
    same((error.status_code, error.body['code']), (404, 'model_not_found'))


@check('errors', 'of all providers', MODELS)
def _(model):
    error = raised(ModelHTTPError, agent(model).run_sync, '[sim status=500] Hello')
    same(error.status_code, 503)
    assert 'No provider answered' in error.body['message'], error.body


@check('usage', 'what the ledger has', MODELS)
def _(model):
    result = agent(model).run_sync('[sim tokens=30]')
    row = generation(result.all_messages()[-1].provider_response_id)
    same((result.usage.input_tokens, result.usage.output_tokens), (row['tokens_prompt'], row['tokens_completion']))


main()
