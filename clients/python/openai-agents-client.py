"""OpenAI's Agents SDK, by chat completions and by Responses."""

import openai
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool
from openai import AsyncOpenAI
from pydantic import BaseModel

from checks import BASE_URL, GEMINI, KEY, MODELS, OSLO, PNG_URL, RELAYED, SPENT_KEY, TRANSLATED, check, main, raised, same


def by_chat(model, key=KEY):
    return OpenAIChatCompletionsModel(model=model, openai_client=AsyncOpenAI(base_url=BASE_URL, api_key=key, max_retries=0))


def by_responses(model, key=KEY):
    return OpenAIResponsesModel(model=model, openai_client=AsyncOpenAI(base_url=BASE_URL, api_key=key, max_retries=0))


asked = []


@function_tool
def get_weather(city: str) -> str:
    """How the weather is."""
    asked.append(city)
    return 'Rain.'


class Weather(BaseModel):
    """How the weather is."""
    city: str
    degrees: int


def agent(model, **more):
    return Agent(name='Ada', instructions='Be brief.', model=model, **more)


for feature, by in (('chat', by_chat), ('responses', by_responses)):
    way = 'by chat completions' if by is by_chat else 'by Responses'

    @check(feature, f'an answer {way}', MODELS)
    def _(model, by=by):
        same(Runner.run_sync(agent(by(model)), '[sim say="All is well."]').final_output, 'All is well.')

    @check('stream', f'run_streamed {way}', MODELS)
    async def _(model, by=by):
        result = Runner.run_streamed(agent(by(model)), '[sim say="All is well." every=0]')
        pieces = [
            event.data.delta async for event in result.stream_events()
            if event.type == 'raw_response_event' and event.data.type == 'response.output_text.delta'
        ]
        same((''.join(pieces), result.final_output), ('All is well.', 'All is well.'))

    @check('tools', f'a loop {way}', MODELS)
    def _(model, by=by):
        asked.clear()
        assert Runner.run_sync(agent(by(model), tools=[get_weather]), OSLO).final_output
        same(asked, ['Oslo'])

    @check('tools', f'a loop that is streamed {way}', MODELS)
    async def _(model, by=by):
        asked.clear()
        result = Runner.run_streamed(agent(by(model), tools=[get_weather]), OSLO)
        async for _ in result.stream_events():
            pass
        same(asked, ['Oslo'])
        assert result.final_output

    @check('tools', f'a handoff {way}', (RELAYED, TRANSLATED))
    def _(model, by=by):
        other = Agent(name='Bob', instructions='Be kind.', model=by(model))
        result = Runner.run_sync(agent(by(model), handoffs=[other]), '[sim tool=transfer_to_bob args="{}"] I want Bob.')
        same(result.last_agent.name, 'Bob')
        assert result.final_output

    @check('structured', f'output_type {way}', MODELS)
    def _(model, by=by):
        assert isinstance(Runner.run_sync(agent(by(model), output_type=Weather), 'How is it in Oslo?').final_output, Weather)

    @check('files', f'a picture {way}', (RELAYED, TRANSLATED, GEMINI))
    def _(model, by=by):
        content = [{'type': 'input_text', 'text': 'What is it?'}, {'type': 'input_image', 'image_url': PNG_URL, 'detail': 'auto'}]
        assert Runner.run_sync(agent(by(model)), [{'role': 'user', 'content': content}]).final_output

    @check('usage', f'counted {way}', MODELS)
    def _(model, by=by):
        usage = Runner.run_sync(agent(by(model)), '[sim tokens=30]').context_wrapper.usage
        assert usage.input_tokens > 0 and usage.output_tokens > 0 and usage.requests == 1, usage

    @check('routing', f'a fallback {way}')
    def _(by=by):
        more = {'models': [TRANSLATED], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}}
        one = agent(by(RELAYED), model_settings=ModelSettings(extra_body=more))
        assert Runner.run_sync(one, '[sim model=gpt-4o status=503] Hello').final_output

    @check('errors', f'those of openai {way}')
    def _(by=by):
        raised(openai.AuthenticationError, Runner.run_sync, agent(by(RELAYED, key='hg_nobody')), 'Hello')
        raised(openai.RateLimitError, Runner.run_sync, agent(by(RELAYED, key=SPENT_KEY)), 'Hello')


main()
