import { createHash, createHmac } from "node:crypto";
import type { Prepare } from "../credentials.ts";
import { authority, parseOrigin } from "../origin.ts";

/** An AWS access key, and where what it signs goes. */
export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
  readonly region: string;
  readonly service: string;
}

/** What is signed. */
export interface SignedRequest {
  readonly method: string;
  /** As it is sent, without a query. */
  readonly path: string;
  readonly query?: string;
  /** `host` among them. Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Part of a host name: nothing that could lead elsewhere. */
const REGION = /^[a-z0-9-]{1,63}$/;

const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * Signs a request as AWS wants it, Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 * @param at milliseconds since 1970: AWS takes a signature for five minutes around it
 * @returns the header fields that go with the request beside those that were signed
 */
export function signed(
  key: AwsKey,
  { method, path, query = "", headers, body }: SignedRequest,
  at: number,
): Record<string, string> {
  const date = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  const added: Record<string, string> = { "x-amz-date": date };
  if (key.sessionToken !== undefined) added["x-amz-security-token"] = key.sessionToken;
  const lines = Object.entries({ ...headers, ...added })
    .map(([name, value]) => [name, value.trim().replace(/\s+/g, " ")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = lines.map(([name]) => name).join(";");
  const canonical = [
    method,
    encodedPath(path),
    query,
    ...lines.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${key.region}/${key.service}/aws4_request`;
  const signature = hmac(signingKey(key, date.slice(0, 8)), [ALGORITHM, date, scope, sha256(canonical)].join("\n"));
  return {
    ...added,
    authorization: `${ALGORITHM} Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature.toString("hex")}`,
  };
}

/**
 * Everything but letters, digits, `-._~` and slashes as `%XX`. What is sent encoded is encoded once more to be signed: every service
 * but S3 wants it so.
 */
export function encodedPath(path: string): string {
  return encodeURIComponent(path)
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Good for a day, a region and a service. */
function signingKey({ secretAccessKey, region, service }: AwsKey, day: string): Buffer {
  return [day, region, service, "aws4_request"].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * A credential that signs everything it sends to this base address.
 * @param now milliseconds since 1970
 * @throws Error for a key or token that a header cannot carry, or a region that is none
 */
export function awsPrepare(baseUrl: string, key: AwsKey, now: () => number = Date.now): Prepare {
  for (const [what, text] of Object.entries({ "access key id": key.accessKeyId, "session token": key.sessionToken }))
    if (text !== undefined && !/^[\x21-\x7e]+$/.test(text))
      throw new Error(`the ${what} holds characters that a header cannot carry`);
  if (!REGION.test(key.region)) throw new Error(`${JSON.stringify(key.region)} is no region`);
  const origin = parseOrigin(baseUrl);
  const headers = { host: authority(origin) };
  return ({ path, body, form }) =>
    signed(key, { method: "POST", path: origin.basePath + path, headers, body: form?.bytes ?? body }, now());
}
