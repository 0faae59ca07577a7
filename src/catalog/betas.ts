/**
 * Beta features of Anthropic's that clouds take; others answer a 400, "invalid beta flag". Not told by either in one place: read off
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html,
 * https://platform.claude.com/docs/en/api/beta-headers and what another gateway tries against both,
 * https://github.com/BerriAI/litellm/blob/main/litellm/anthropic_beta_headers_config.json (2026-11-25).
 */
const BOTH = [
  "compact-2026-01-12",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "context-1m-2025-08-07",
  "context-management-2025-06-27",
  "dangerous-tool-use-2026-09-03",
  "interleaved-thinking-2025-05-14",
  "thinking-binding-controls-2026-08-01",
  "thinking-display-updates-2026-08-18",
  "tool-search-tool-2025-10-19",
];

export const BETAS = {
  bedrock: [
    ...BOTH,
    "effort-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-tool-changes-2026-07-01",
    "tool-examples-2025-10-29",
  ],
  vertex: [...BOTH, "compact-2026-09-04", "per-turn-control-2026-07-01", "web-search-2025-03-05"],
} as const satisfies Record<string, readonly string[]>;
