import { bearer, defineProvider } from "../provider.ts";

// Its chat lives at `/v1/chat`, not `/v1/chat/completions` (recordings `writer/*`, 2025-08): no wire of ours goes there.
export default defineProvider({
  name: "writer",
  title: "Writer",
  docs: "https://dev.writer.com/api-reference/completion-api/chat-completion",
  auth: bearer("WRITER_API_KEY"),
  wires: {},
});
