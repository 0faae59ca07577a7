import { describe, expect, test } from "bun:test";
import type { GatewayError } from "../core/error.ts";
import { decodeError as anthropic } from "./anthropic-messages/error.ts";
import { decodeError as bedrock } from "./bedrock-converse/error.ts";
import { decodeError as gemini } from "./gemini-generate/error.ts";
import { decodeError as openai } from "./openai-chat/error.ts";

/** A 403 that speaks of the account, and one that does not. */

type Decode = typeof openai;

function refused(decode: Decode, body: object, fields: Record<string, string> = {}): GatewayError {
  return decode(403, new Headers(fields), JSON.stringify(body));
}

const google = (message: string, reason?: string) => ({
  error: {
    code: 403,
    message,
    status: "PERMISSION_DENIED",
    ...(reason === undefined ? {} : { details: [{ "@type": "…/google.rpc.Help" }, { "@type": "…", reason }] }),
  },
});
const exception = (name: string) => ({ "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/` });
const told = (message: string, more: object = {}) => ({ error: { message, ...more } });

describe("the account is refused", () => {
  test.each<[string, GatewayError]>([
    [
      "a temporary key has expired",
      refused(
        bedrock,
        { message: "The security token included in the request is expired" },
        exception("ExpiredTokenException"),
      ),
    ],
    [
      "nobody has that key",
      refused(
        bedrock,
        { message: "The security token included in the request is invalid." },
        exception("UnrecognizedClientException"),
      ),
    ],
    ["a signature does not hold", refused(bedrock, { message: "x" }, exception("InvalidSignatureException"))],
    [
      "a service is switched off",
      refused(gemini, google("Generative Language API has not been used in project 1", "SERVICE_DISABLED")),
    ],
    [
      "a consumer is suspended",
      refused(gemini, google("Permission denied: Consumer 'api_key:x' has been suspended.", "CONSUMER_SUSPENDED")),
    ],
    [
      "a key is for other services",
      refused(gemini, google("Requests to this API … are blocked.", "API_KEY_SERVICE_BLOCKED")),
    ],
    [
      "a key was found by strangers",
      refused(gemini, google("Your API key was reported as leaked. Please use another API key.")),
    ],
    [
      "no key was shown",
      refused(gemini, google("Method doesn't allow unregistered callers (callers without established identity).")),
    ],
    [
      "the gateway stands in the wrong country",
      refused(
        openai,
        told("Country, region, or territory not supported", {
          code: "unsupported_country_region_territory",
          type: "request_forbidden",
        }),
      ),
    ],
    [
      "a firewall keeps the gateway out",
      refused(openai, told("Access denied due to Virtual Network/Firewall rules.", { code: "403" })),
    ],
    [
      "a key has spent what it may",
      refused(
        openai,
        told("Key limit exceeded (monthly limit). Manage it using https://openrouter.ai/settings/keys", { code: 403 }),
      ),
    ],
    [
      "an organization takes no such token",
      refused(anthropic, {
        type: "error",
        error: {
          type: "permission_error",
          message: "OAuth authentication is currently not allowed for this organization.",
        },
      }),
    ],
  ])("%s", (_, { code, status, details }) => {
    expect([code, status, details.upstream?.account, details.upstream?.status]).toEqual([
      "upstream_auth",
      502,
      true,
      403,
    ]);
  });

  test("a team that has spent what it may is out of credit, whatever the status", () => {
    const message =
      "Your team 16f2151a-40f4-4a80-8ad0-cae00c27e8dd has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit.";
    for (const status of [403, 429])
      expect(openai(status, new Headers(), JSON.stringify({ error: message })).code).toBe("upstream_quota");
  });
});

describe("the account is not refused", () => {
  test.each<[string, GatewayError]>([
    [
      "a model that it has no access to",
      refused(
        bedrock,
        { message: "You don't have access to the model with the specified model ID." },
        exception("AccessDeniedException"),
      ),
    ],
    [
      "a policy",
      refused(
        bedrock,
        { message: "User: arn is not authorized to perform: bedrock:InvokeModel on resource: arn" },
        exception("AccessDeniedException"),
      ),
    ],
    [
      "a permission for one resource",
      refused(gemini, google("Permission 'aiplatform.endpoints.predict' denied on resource", "IAM_PERMISSION_DENIED")),
    ],
    [
      "a model that the project does not have",
      refused(
        openai,
        told("Project `proj_1` does not have access to model `gpt-5`", {
          code: "model_not_found",
          type: "invalid_request_error",
        }),
      ),
    ],
    [
      "a model that the project's people blocked",
      refused(
        openai,
        told("The model `x` is blocked at the project level.", { code: "model_permission_blocked_project" }),
      ),
    ],
    ["what a moderator would not have", refused(openai, told("Input was flagged for violence", { code: 403 }))],
    [
      "nothing in particular",
      refused(anthropic, {
        type: "error",
        error: {
          type: "permission_error",
          message: "Your API key does not have permission to use the specified resource.",
        },
      }),
    ],
    [
      "a page of a firewall in front of it",
      openai(403, new Headers(), "<html><title>Attention Required! | Cloudflare</title></html>"),
    ],
    [
      "words that a client had it repeat",
      refused(openai, told('Not allowed here: "Key limit exceeded"', { code: 403 })),
    ],
    [
      "words that a client had it repeat first",
      refused(openai, told("'Your API key was reported as leaked' is not a role")),
    ],
  ])("%s", (_, { code, details }) => {
    expect([code, details.upstream?.account, details.upstream?.status]).toEqual(["upstream_auth", undefined, 403]);
  });
});
