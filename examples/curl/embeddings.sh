#!/usr/bin/env bash
curl -X POST "http://127.0.0.1:8787/v1/embeddings" \
  -H "Authorization: Bearer $AI_GATEWAY_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "openai/text-embedding-3-small",
    "input": "Your text to embed"
  }'
