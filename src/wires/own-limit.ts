/** Words by which a host refuses, with a 400 or a 403, what another host of the same model may take: facts about the host, not the request. */
const OWN_LIMITS: readonly { readonly says: RegExp; readonly source: string }[] = [
  // A filter that is part of the deployment there.
  {
    says: /Azure OpenAI's content management policy|"ResponsibleAIPolicyViolation"/i,
    source: "https://github.com/openai/openai-dotnet/issues/55",
  },
  // Filters in front of the model, which other hosts have not: with a 403, though nothing is wrong with the account.
  {
    says: /content violates usage guidelines/i,
    source: "https://github.com/UKGovernmentBEIS/inspect_ai/pull/2267",
  },
  {
    says: /"flagged_input"|requires moderation.{1,40}was flagged/i,
    source: "https://openrouter.ai/docs/api-reference/errors",
  },
  // How the server was started.
  {
    says: /requires --enable-auto-tool-choice/i,
    source: "https://github.com/vllm-project/vllm/issues/9986",
  },
  // A template without tools; the same weights have one elsewhere.
  {
    says: /registry\.ollama\.ai\/\S{1,200} does not support/i,
    source: "https://github.com/ollama/ollama/issues/14795",
  },
  // Where the gateway stands.
  {
    says: /user location is not supported for the api use/i,
    source: "https://github.com/google-gemini/gemini-cli/issues/1614",
  },
  // How the account may ask for the model.
  {
    says: /on-demand throughput isn.{1,3}t supported|doesn.{1,3}t support on-demand throughput/i,
    source: "https://github.com/langchain-ai/langchain-aws/issues/1019",
  },
];

/** Whether a refusal speaks of a rule or a limit of whoever refused, and not of the request. */
export function isOwnLimit(text: string): boolean {
  return OWN_LIMITS.some(({ says }) => says.test(text));
}
