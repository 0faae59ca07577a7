import { Refusal, type Vendor } from "../answer.ts";
import { rerankId } from "../chance.ts";
import { dateLine } from "../http.ts";

/** The manners of Cohere, and of those who rerank as it does. */
export const cohere: Vendor = {
  headers: () => `${dateLine(Date.now())}x-debug-trace-id: ${rerankId()}\r\nserver: envoy\r\n`,

  admit({ authorization = "" }) {
    const key = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
    if (key === undefined) throw new Refusal(401, bodyOf("no api key supplied"));
    if (key.startsWith("sk-bad")) throw new Refusal(401, bodyOf("invalid api token"));
  },

  refusal(status, { scenario, model, method, path }) {
    const usual: Record<number, string> = {
      401: "invalid api token",
      404:
        model === ""
          ? `route not found: ${method} ${path}`
          : `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
      429: "You are past the per minute request limit, please wait and try again later.",
      500: "internal server error, please try again later.",
      503: "service unavailable, please try again later.",
    };
    if (scenario["no-credit"])
      return new Refusal(status, bodyOf("Please add or update your payment method to continue."));
    return new Refusal(
      status,
      bodyOf(scenario.message ?? usual[status] ?? `The simulator was asked for status ${status}.`),
    );
  },

  notJson: () => new Refusal(400, bodyOf("failed to parse body as JSON")),
  unreadable: (message) => new Refusal(400, bodyOf(message)),
  emptyAccount: 402,
  ping: ": keep-alive\n\n",
  failure: 'data: {"message":"internal server error"}\n\n',
};

/** A 400, in the words of whoever is asked. */
export function invalid(message: string, dialect: string): Refusal {
  return new Refusal(400, dialect === "voyage" ? JSON.stringify({ detail: message }) : bodyOf(message));
}

function bodyOf(message: string): string {
  return JSON.stringify({ id: rerankId(), message });
}
