import { BETAS } from "../betas.ts";
import { aws, defineProvider } from "../provider.ts";
import { ROUTES } from "../routes.ts";

export default defineProvider({
  name: "bedrock",
  title: "Amazon Bedrock",
  docs: "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
  baseUrl: "https://bedrock-runtime.{region}.amazonaws.com",
  region: { variables: ["AWS_REGION", "AWS_DEFAULT_REGION"], usual: "us-east-1" },
  routes: ROUTES.bedrock,
  auth: aws("bedrock", "AWS_BEARER_TOKEN_BEDROCK"),
  wires: { generate: ["bedrock-converse"], rerank: ["bedrock-rerank"] },
  // Claude takes its own messages too; Converse loses least of others' words: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
  makers: {
    anthropic: {
      upstream: /\banthropic\.claude/,
      wires: { generate: ["bedrock-converse", "anthropic-messages"] },
      betas: BETAS.bedrock,
      quirks: ["invoke-model"],
    },
  },
  readsFiles: true, // https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
});
