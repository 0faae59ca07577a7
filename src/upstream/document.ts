import { isObject, type JsonValue, parseJson } from "../core/json.ts";

export interface DocumentWay {
  /** Certificates of who vouches for the server, PEM. */
  readonly ca?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What is sent, as a form; without it, nothing is. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  /** For all of it. @default 5000 */
  readonly milliseconds?: number | undefined;
}

const LONGEST_MS = 5000;
const LARGEST = 512 * 1024;

/**
 * The JSON at an address of the operator's choosing. Nobody is followed elsewhere.
 * @throws Error that says why there is none, without what was sent
 */
export async function fetchDocument(
  url: string,
  { ca, headers, form, milliseconds = LONGEST_MS }: DocumentWay = {},
): Promise<JsonValue> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", "accept-encoding": "identity", "user-agent": "headgate", ...headers },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
      redirect: "manual",
      keepalive: false,
      signal: AbortSignal.timeout(milliseconds),
      ...(ca === undefined ? {} : { tls: { ca } }),
    });
    const text = await read(response);
    const value = parseJson(text);
    if (value === undefined) throw new Error("it is not JSON");
    return value;
  } catch (cause) {
    throw new Error(`${url} cannot be had: ${(cause as Error).message}`, { cause });
  }
}

async function read(response: Response): Promise<string> {
  if (response.status !== 200) {
    // OAuth's word for what is wrong (RFC 6749, 5.2), where it is one.
    const said = parseJson(await whole(response).catch(() => ""));
    const word =
      isObject(said) && typeof said.error === "string" && /^\w{1,60}$/.test(said.error) ? said.error : undefined;
    throw new Error(
      `its server answered with status ${response.status}${word === undefined ? "" : ` and the error ${word}`}`,
    );
  }
  return await whole(response);
}

async function whole(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > LARGEST) throw new Error(`it is larger than ${LARGEST} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
