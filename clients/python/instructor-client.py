"""instructor, over OpenAI's client."""

import instructor
from instructor.v2.core.errors import InstructorRetryException
from openai import OpenAI
from pydantic import BaseModel

from checks import BASE_URL, GEMINI, KEY, MODELS, PNG_URL, RELAYED, SPENT_KEY, TRANSLATED, check, generation, main, raised, same


class Weather(BaseModel):
    """How the weather is."""
    city: str
    degrees: int


def client(mode=instructor.Mode.TOOLS, key=KEY):
    return instructor.from_openai(OpenAI(api_key=key, base_url=BASE_URL, max_retries=0), mode=mode)


def ask(model, text='How is it in Oslo?'):
    return {'model': model, 'response_model': Weather, 'messages': [{'role': 'user', 'content': text}], 'max_retries': 1}


@check('structured', 'by a tool', MODELS)
def _(model):
    assert isinstance(client().chat.completions.create(**ask(model)), Weather)


@check('structured', 'by a schema', MODELS)
def _(model):
    assert isinstance(client(instructor.Mode.JSON_SCHEMA).chat.completions.create(**ask(model)), Weather)


@check('structured', 'asked again where the answer is of another shape', MODELS)
def _(model):
    asked = ask(model, "[sim first=1 id=%s tool=Weather args='{\"city\":\"Oslo\"}'] How is it in Oslo?" % model.replace('/', '-'))
    assert isinstance(client().chat.completions.create(**{**asked, 'max_retries': 2}), Weather)


@check('stream', 'create_partial', MODELS)
def _(model):
    *_, last = client().chat.completions.create_partial(**ask(model))
    Weather.model_validate(last.model_dump())


@check('files', 'a picture', (RELAYED, TRANSLATED, GEMINI))
def _(model):
    content = [{'type': 'text', 'text': 'What is it?'}, {'type': 'image_url', 'image_url': {'url': PNG_URL}}]
    assert isinstance(client().chat.completions.create(**ask(model, content)), Weather)


@check('routing', 'a fallback, by extra_body')
def _():
    more = {'models': [TRANSLATED], 'providerOptions': {'gateway': {'only': ['openai', 'anthropic']}}}
    asked = ask(RELAYED, '[sim model=gpt-4o status=503] How is it in Oslo?')
    _, answer = client().chat.completions.create_with_completion(**asked, extra_body=more)
    same(answer.model, TRANSLATED)


@check('usage', 'what the ledger has', MODELS)
def _(model):
    _, answer = client().chat.completions.create_with_completion(**ask(model))
    row = generation(answer.id)
    same((answer.usage.prompt_tokens, answer.usage.completion_tokens), (row['tokens_prompt'], row['tokens_completion']))


@check('errors', 'those of openai, within its own')
def _():
    for key, said in (('hg_nobody', '401'), (SPENT_KEY, '429')):
        error = raised(InstructorRetryException, client(key=key).chat.completions.create, **ask(RELAYED))
        assert f'Error code: {said}' in str(error), error


main()
