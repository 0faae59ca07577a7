#!/usr/bin/env bash
curl -X POST "http://127.0.0.1:8787/v1/chat/completions" \
  -H "Authorization: Bearer $AI_GATEWAY_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "openai/gpt-5",
    "models": ["openai/gpt-5-mini", "google/gemini-2.0-flash"],
    "messages": [
      {"role": "user", "content": "Hello"}
    ]
  }'
