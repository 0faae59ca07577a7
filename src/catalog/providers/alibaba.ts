import { bearer, defineProvider } from "../provider.ts";

/**
 * The international endpoint; keys of mainland China want `dashscope.aliyuncs.com`.
 * Thinking: recordings `alibaba/*`. Explicit cache: https://www.alibabacloud.com/help/en/model-studio/context-cache.
 * `developer` is answered with "developer is not one of [...]" (2026-08).
 */
export default defineProvider({
  name: "alibaba",
  title: "Alibaba Cloud Model Studio",
  docs: "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
  baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
  auth: bearer("DASHSCOPE_API_KEY", "ALIBABA_API_KEY"),
  wires: { generate: ["openai-chat"], embed: ["openai-embeddings"] },
  quirks: ["reasoning-content", "cache-marks", "no-developer-role"],
});
