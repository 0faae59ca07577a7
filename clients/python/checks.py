"""What a script here shows of a client, a line of JSON for each thing that was tried: `clients/python.ts` reads them."""

import asyncio
import base64
import inspect
import json
import os
import struct
import sys
import time
import traceback
import urllib.error
import urllib.request
import zlib

BASE_URL = os.environ['AI_GATEWAY_BASE_URL']
ADDRESS = BASE_URL.removesuffix('/v1')
KEY = os.environ['AI_GATEWAY_API_KEY']
# One request in a minute, and that one was made.
SPENT_KEY = os.environ['SPENT_KEY']

# The three ways through the gateway: relayed, translated, and of the same wire but another shape.
RELAYED = 'openai/gpt-4o'
TRANSLATED = 'anthropic/claude-sonnet-4.5'
RESHAPED = 'deepseek/deepseek-v4-pro'
GEMINI = 'google/gemini-3.5-flash'
MODELS = (RELAYED, TRANSLATED, RESHAPED, GEMINI)
EMBEDDING = 'openai/text-embedding-3-small'

OSLO = "[sim tool=get_weather args='{\"city\":\"Oslo\"}'] What is the weather in Oslo?"

_checks = []


def check(feature, what, models=()):
    """Tries a function, once for each model if there are any."""
    def keep(function):
        for model in models or (None,):
            _checks.append((feature, what if model is None else f'{what}: {model}', function, model))
        return function
    return keep


def main():
    """Runs what was declared, in its order. Ends with 1 where something was not so."""
    failed = False
    for feature, what, function, model in _checks:
        told = {'feature': feature, 'what': what}
        try:
            result = function() if model is None else function(model)
            if inspect.isawaitable(result):
                asyncio.run(result)
        except Exception:
            failed = True
            told['failure'] = traceback.format_exc()[-3000:]
        print(json.dumps(told, separators=(',', ':')), flush=True)
    sys.exit(1 if failed else 0)


def same(found, expected):
    assert found == expected, f'found {found!r}, expected {expected!r}'


def raised(error, function, *args, **kwargs):
    """The error of this class that a call ends with."""
    try:
        result = function(*args, **kwargs)
    except error as e:
        return e
    raise AssertionError(f'not refused: {result!r}')


def generation(id):
    """What the ledger has of a generation. One whose client has left is there once the gateway has seen it."""
    request = urllib.request.Request(f'{BASE_URL}/generation?id={id}', headers={'Authorization': f'Bearer {KEY}'})
    until = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)['data']
        except urllib.error.HTTPError as e:
            if e.code != 404 or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


# A red point.
PNG = b'\x89PNG\r\n\x1a\n' + b''.join((
    _chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 2, 0, 0, 0)),
    _chunk(b'IDAT', zlib.compress(b'\x00\xff\x00\x00')),
    _chunk(b'IEND', b''),
))
PNG_BASE64 = base64.b64encode(PNG).decode()
PNG_URL = f'data:image/png;base64,{PNG_BASE64}'
