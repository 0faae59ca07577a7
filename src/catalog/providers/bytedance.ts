import { bearer, defineProvider } from "../provider.ts";

// Keys belong to one region; this is Asia-Pacific. Thinking:
// https://docs.getbifrost.ai/providers/supported-providers/byteplus (2026-11).
export default defineProvider({
  name: "bytedance",
  title: "BytePlus ModelArk",
  docs: "https://docs.byteplus.com/en/docs/ModelArk/1330626",
  baseUrl: "https://ark.ap-southeast.bytepluses.com/api/v3",
  auth: bearer("ARK_API_KEY", "BYTEPLUS_API_KEY"),
  wires: { generate: ["openai-chat"] },
  quirks: ["reasoning-content"],
});
