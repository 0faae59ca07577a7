import { ApiError } from "../api/client.ts";

/** What the gateway says of a member that was sent, with its place where it is one within it; nothing where it is about another. */
export function faultAt(error: unknown, ...members: readonly string[]): string | undefined {
  if (!(error instanceof ApiError) || error.param === undefined) return undefined;
  const { param } = error;
  const isHere = members.some((member) => param === member || param.startsWith(`${member}.`));
  if (!isHere) return undefined;
  const message = error.message.replace(/^the body: /, "");
  return members.includes(param) && message.startsWith(`${param}: `) ? message.slice(param.length + 2) : message;
}

/** What a form itself finds wrong, before anything is sent, told as the gateway would. */
export function ownFault(param: string, message: string): ApiError {
  return new ApiError(0, "invalid_request", message, param);
}
