import type { Door } from "./judges.ts";
import { chatRules } from "./rules/chat.ts";
import { messagesRules } from "./rules/messages.ts";
import { responsesRules } from "./rules/responses.ts";

/** What a door's own format demands of a reply. Each throws over the first thing that is not as it must be. */
export interface Rules {
  /** A whole reply. */
  whole(body: string): void;
  /** A stream that ended well, which the gateway wrote itself. */
  stream(sse: string): void;
  /** A stream that ended well, whose frames are the provider's own: what holds of it all the same. */
  relayed(sse: string): void;
  /** A stream that broke: an error is the last that is said, and nothing says that all is well. */
  broken(sse: string): void;
}

export const RULES: Record<Door, Rules> = {
  "openai-chat": chatRules,
  "openai-responses": responsesRules,
  "anthropic-messages": messagesRules,
};
