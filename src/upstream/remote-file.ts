import { isIP } from "node:net";
import { GatewayError } from "../core/error.ts";
import type { Source } from "../core/request.ts";
import { isPublicAddress } from "./address.ts";

export interface FileLimits {
  readonly bytes: number;
  /** For all of it, redirects included. */
  readonly milliseconds: number;
}

/** How names become addresses, and which of them may be connected to. */
export interface Network {
  resolve(host: string): Promise<readonly string[]>;
  isAllowed(ip: string): boolean;
}

/** What the whole internet can reach, and nothing else. */
const INTERNET: Network = {
  resolve: async (host) => (await Bun.dns.lookup(host)).map(({ address }) => address),
  isAllowed: isPublicAddress,
};

const HOPS = 3;

/**
 * Fetches a file from an address of a client's choosing. Each hop is resolved once, every address it has is checked, and the
 * connection goes to the address that was checked: a name that means something else a moment later does not help.
 * @throws GatewayError `unsupported`, saying what is wrong with the address or the file
 */
export async function fetchFile(url: string, limits: FileLimits, network: Network = INTERNET): Promise<Source> {
  const signal = AbortSignal.timeout(limits.milliseconds);
  let at = parse(url);
  for (let hop = 0; hop <= HOPS; hop++) {
    const response = await reach(at, network, signal);
    if (response.status < 300 || response.status >= 400) return await read(response, at, limits);
    await response.body?.cancel();
    const location = response.headers.get("location");
    if (location === null || !URL.canParse(location, at.href)) throw refused(at, "it leads nowhere");
    at = parse(new URL(location, at.href).href);
  }
  throw refused(at, `it is redirected more than ${HOPS} times`);
}

function parse(text: string): URL {
  if (!URL.canParse(text)) throw new GatewayError("unsupported", `${quoted(text)} is no address of a file.`);
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refused(url, "only https:// and http:// are fetched; send the file itself");
  if (url.username !== "" || url.password !== "") throw refused(url, "it holds a password");
  return url;
}

async function reach(url: URL, network: Network, signal: AbortSignal): Promise<Response> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await addressesOf(host, url, network);
  // One that is not allowed among others is a trap, not a mistake.
  if (!addresses.every((ip) => network.isAllowed(ip))) throw refused(url, "it is not on the public internet");
  const [ip] = addresses;
  if (ip === undefined) throw refused(url, "its name is not known");
  const direct = new URL(url.href);
  direct.hostname = isIP(ip) === 6 ? `[${ip}]` : ip;
  try {
    return await fetch(direct.href, {
      headers: { host: url.host, accept: "*/*", "accept-encoding": "identity", "user-agent": "headgate" },
      redirect: "manual",
      signal,
      ...(url.protocol === "https:" ? { tls: { serverName: host } } : {}),
    });
  } catch (cause) {
    throw failed(url, signal, cause);
  }
}

async function addressesOf(host: string, url: URL, network: Network): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return await network.resolve(host);
  } catch (cause) {
    throw refused(url, "its name is not known", cause);
  }
}

async function read(response: Response, url: URL, limits: FileLimits): Promise<Source> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw refused(url, `its server answered with status ${response.status}`);
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of response.body ?? []) {
      size += piece.length;
      if (size > limits.bytes) throw refused(url, `it is larger than ${limits.bytes} bytes`);
      pieces.push(piece);
    }
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : failed(url, undefined, cause);
  }
  const bytes = Buffer.concat(pieces);
  const told = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return {
    from: "data",
    mediaType: seen(bytes) ?? (told || "application/octet-stream"),
    base64: bytes.toString("base64"),
  };
}

/** How files of these kinds begin. Servers of images often say something else, and providers look for themselves. */
const BEGINNINGS: readonly (readonly [mediaType: string, beginning: string, at: number])[] = [
  ["image/png", "\x89PNG\r\n\x1a\n", 0],
  ["image/jpeg", "\xff\xd8\xff", 0],
  ["image/gif", "GIF8", 0],
  ["image/webp", "WEBP", 8],
  ["application/pdf", "%PDF-", 0],
];

function seen(bytes: Buffer): string | undefined {
  const head = bytes.toString("latin1", 0, 16);
  return BEGINNINGS.find(([, beginning, at]) => head.startsWith(beginning, at))?.[0];
}

function failed(url: URL, signal: AbortSignal | undefined, cause: unknown): GatewayError {
  const late = signal?.aborted === true || (cause as { name?: string } | undefined)?.name === "TimeoutError";
  return refused(url, late ? "it did not come in time" : "the connection failed", cause);
}

/** Without what may be a secret: the query of an address often is one. */
function refused(url: URL, why: string, cause?: unknown): GatewayError {
  return new GatewayError("unsupported", `${quoted(url.origin + url.pathname)} cannot be fetched: ${why}.`, { cause });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
