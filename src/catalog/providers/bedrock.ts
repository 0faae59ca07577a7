import { bearer, defineProvider } from "../provider.ts";

// Bedrock's own API keys are bearer tokens; signing with AWS keys, and its wires, come with the next issue.
export default defineProvider({
  name: "bedrock",
  title: "Amazon Bedrock",
  docs: "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
  auth: bearer("AWS_BEARER_TOKEN_BEDROCK"),
  wires: {},
});
