import { AwsEventStream } from "../aws-event-stream.ts";
import type { Wire } from "../wire.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { ConverseStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { decodeError } from "./error.ts";
import { isStored } from "./source.ts";

/** Amazon Bedrock's Converse. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const bedrockConverse: Wire = {
  name: "bedrock-converse",
  operation: "generate",
  // Names hold `:`, and those that are ARNs `/`.
  path: (model, stream) => `/model/${encodeURIComponent(model)}/${stream ? "converse-stream" : "converse"}`,
  decodeError,
  idField: "x-amzn-requestid",
  outbound: {
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html
    toolName: /^[a-zA-Z0-9_-]{1,64}$/,
    inlines: (url) => !isStored(url),
    encodeRequest,
    decodeAnswer,
    decodeStream: () => new ConverseStream(),
    framing: () => new AwsEventStream(),
  },
};
