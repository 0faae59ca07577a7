import { inboundOf } from "../ai-sdk.ts";
import { openaiImageEdits } from "../openai-image-edits/index.ts";
import { openaiImages } from "../openai-images/index.ts";
import type { Inbound, Wire } from "../wire.ts";
import { imageWords } from "./relay.ts";

const name = "ai-sdk-image-model";
const edits = "ai-sdk-image-edits";

/** Images to change make another request of it. */
function inboundFor(edition?: "v2"): Inbound {
  const made = inboundOf(name, imageWords, openaiImages.inbound!, edition);
  const changed = inboundOf(edits, imageWords, openaiImageEdits.inbound!, edition);
  const isChange = ({ files, mask }: { files?: unknown; mask?: unknown }) =>
    (Array.isArray(files) && files.length > 0) || (mask ?? undefined) !== undefined;
  return { ...made, read: (body, headers) => (isChange(body) ? changed : made).read(body, headers) };
}

/** The AI SDK's images, which OpenAI's wires say for it. Clients speak it, no provider does. */
export const aiSdkImageModel: Wire = {
  name,
  operation: "image",
  path: () => "/image-model",
  decodeError: openaiImages.decodeError,
  inbound: inboundFor(),
  editions: { v2: inboundFor("v2") },
};

/** The same with images that it changes. */
export const aiSdkImageEdits: Wire = { ...aiSdkImageModel, name: edits };
