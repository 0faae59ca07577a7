import { Refusal, type Vendor } from "../answer.ts";
import { awsRequestId } from "../chance.ts";
import { dateLine } from "../http.ts";
import { exceptionFrame } from "./frames.ts";

/** The manners of Amazon Bedrock. */
export const bedrock: Vendor = {
  headers: () => `${dateLine(Date.now())}x-amzn-requestid: ${awsRequestId()}\r\n`,

  admit(headers) {
    const given = headers.authorization ?? "";
    const bearer = /^Bearer\s+(\S+)$/i.exec(given)?.[1];
    if (bearer !== undefined && !bearer.startsWith("sk-bad")) return;
    if (bearer !== undefined) throw exception(403, "Authentication failed: Please make sure your API Key is valid.");
    if (given === "") throw exception(403, "Missing Authentication Token", "MissingAuthenticationTokenException");
    // Whether the signature is right only the owner of the secret knows; what it must say is seen by anybody.
    if (!SIGNATURE.test(given) || headers["x-amz-date"] === undefined)
      throw exception(
        403,
        "The request signature we calculated does not match the signature you provided.",
        "InvalidSignatureException",
      );
  },

  refusal(status, { scenario, model }) {
    if (scenario["too-long"]) return exception(400, "Input is too long for requested model.");
    const [name, message] = ERRORS[status] ?? (status < 500 ? ERRORS[400] : ERRORS[500])!;
    return exception(status, scenario.message ?? (status === 404 ? `${message}: ${model}` : message), name);
  },

  notJson: () => exception(400, "The request body is not valid JSON.", "SerializationException"),
  unreadable: (message) => exception(400, message),
  emptyAccount: 403,
  // Nothing keeps these streams alive.
  ping: "",
  failure: exceptionFrame("modelStreamErrorException", "The system encountered an unexpected error during processing."),
  binary: "application/vnd.amazon.eventstream",
};

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=[\w/+-]+\/\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request, ?SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, ?Signature=[0-9a-f]{64}$/;

/** An exception as AWS's services tell it. */
export function exception(
  status: number,
  message: string,
  name = status === 403 ? "AccessDeniedException" : "ValidationException",
): Refusal {
  const type = `x-amzn-errortype: ${name}:http://internal.amazon.com/coral/com.amazon.bedrock/\r\n`;
  return new Refusal(status, JSON.stringify({ message }), type);
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors */
const ERRORS: Record<number, [name: string, message: string]> = {
  400: ["ValidationException", "The simulator was asked to refuse this."],
  403: ["AccessDeniedException", "You don't have access to the model with the specified model ID."],
  404: ["ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier"],
  408: ["ModelTimeoutException", "The model took too long to respond."],
  424: ["ModelErrorException", "The model returned an unexpected error."],
  429: ["ThrottlingException", "Too many requests, please wait before trying again."],
  500: ["InternalServerException", "The system encountered an unexpected error during processing."],
  503: ["ServiceUnavailableException", "Bedrock is unable to process your request."],
};
