import type { WireName } from "../core/event.ts";
import type { Form } from "./form.ts";
import { authority, type Origin, parseOrigin } from "./origin.ts";
import { Pool } from "./pool.ts";

/** How our secret is written into a request: header fields, ready to send. */
export type Proof = (secret: string) => Readonly<Record<string, string>>;

/** What is sent to a provider. */
export interface UpstreamRequest {
  /** Below the credential's base address. */
  readonly path: string;
  readonly stream: boolean;
  /** JSON. */
  readonly body: string;
  /** What is sent instead, where that is none. */
  readonly form?: Form | undefined;
  /** Header fields beside those of the credential. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Header fields that depend on what is sent: a signature over it, or a token that must be fetched first. @throws GatewayError */
export type Prepare = (sent: UpstreamRequest) => HeadFields | Promise<HeadFields>;

export type HeadFields = Readonly<Record<string, string>>;

/** What makes up a credential. */
export interface CredentialParts {
  provider: string;
  baseUrl: string;
  /** Header fields that show the secret, and those the provider wants with every request. */
  fields: Readonly<Record<string, string>>;
  /** Only where the fields above cannot show the secret. */
  prepare?: Prepare | undefined;
  /** Connections to that address, where others use them too. */
  pool?: Pool;
  /** `system`: the operator's own; `byok`: the client's. */
  kind: "system" | "byok";
  /** Which of its provider's credentials it is, where there are several. */
  name?: string | undefined;
  /** How often it is asked first, against its provider's others. */
  weight?: number;
  simulated?: boolean;
  zeroDataRetention?: boolean;
  noTraining?: boolean;
  hipaa?: boolean;
  /** All the regions in which the provider may process what it is sent. */
  regions?: readonly string[] | undefined;
  /** Where its address is: a region of the provider's, a part of the world, or `global`. */
  located?: string | undefined;
  /** It is one at which the provider keeps to a part of the world, which has its price. */
  regional?: boolean;
  /** Wires of the provider that it does not open, and why. */
  closed?: { readonly wires: readonly WireName[]; readonly why: string } | undefined;
  /** What nobody must read who did not bring it, wherever a provider repeats it. */
  secrets?: readonly string[];
}

/**
 * Our secret for a provider, bound to where that provider is: it can be shown nowhere else. The secret itself leaves
 * this object only as bytes for the socket; it does not serialise.
 */
export class Credential {
  readonly provider: string;
  readonly kind: "system" | "byok";
  /** Which of its provider's credentials it is; absent where there is one. */
  readonly name: string | undefined;
  /** How often it is asked first, against its provider's others; 0: only when no other is left. */
  readonly weight: number;
  /** Answered by the built-in simulator. */
  readonly simulated: boolean;
  /** The operator has it in contract that the provider keeps nothing. */
  readonly zeroDataRetention: boolean;
  /** … or that it does not train on what it is sent. */
  readonly noTraining: boolean;
  /** … or an agreement with it as a business associate under HIPAA. */
  readonly hipaa: boolean;
  /** All the regions in which the provider may process what it is sent. Absent: anywhere. */
  readonly regions: readonly string[] | undefined;
  /** Where its address is: a region of the provider's, a part of the world, or `global`. Absent: nobody knows. */
  readonly located: string | undefined;
  /** It is one at which the provider keeps to a part of the world, which has its price. */
  readonly regional: boolean;
  /** Wires of the provider that it does not open, and why. */
  readonly closed: CredentialParts["closed"];
  readonly pool: Pool;
  /** Absent for most: what they send is the same every time. */
  readonly prepare: Prepare | undefined;
  private readonly origin: Origin;
  readonly #fields: string;
  readonly #secrets: readonly string[];

  constructor(parts: CredentialParts) {
    this.provider = parts.provider;
    this.kind = parts.kind;
    this.name = parts.name;
    this.weight = parts.weight ?? 1;
    this.simulated = parts.simulated ?? false;
    this.zeroDataRetention = parts.zeroDataRetention ?? false;
    this.noTraining = parts.noTraining ?? false;
    this.hipaa = parts.hipaa ?? false;
    this.regions = parts.regions;
    this.located = parts.located;
    this.regional = parts.regional ?? false;
    this.closed = parts.closed;
    this.prepare = parts.prepare;
    this.origin = parseOrigin(parts.baseUrl);
    this.pool = parts.pool ?? new Pool(this.origin);
    const fields = { host: authority(this.origin), ...parts.fields };
    this.#fields = fieldsOf(fields);
    // As they stand, and as they stand in JSON.
    const written = (parts.secrets ?? []).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
    this.#secrets = [...new Set(written)].filter(({ length }) => length >= TELLING);
  }

  /** The text without the secrets that this credential was made of, nor what is left of one where the text was cut. */
  conceal(text: string): string {
    return this.#secrets.reduce((told, secret) => withoutTail(told.replaceAll(secret, CONCEALED), secret), text);
  }

  /** Whether a secret that this credential was made of stands in the text. */
  isIn(text: string): boolean {
    return this.#secrets.some((secret) => text.includes(secret));
  }

  /** The head of a POST to a path below the base address, with the fields that were prepared for it. */
  head({ path, stream, body, form, headers }: UpstreamRequest, prepared?: HeadFields): string {
    const accept = headers?.accept === undefined ? ACCEPT[stream ? "stream" : "whole"] : "";
    let fields = headers === undefined ? this.#fields : this.#fields + fieldsOf(headers);
    if (prepared !== undefined) fields += fieldsOf(prepared);
    const common = form === undefined ? COMMON : commonWith(form.contentType);
    return `POST ${this.origin.basePath}${path} HTTP/1.1\r\n${fields}${accept}${common}content-length: ${form?.length ?? Buffer.byteLength(body)}\r\n\r\n`;
  }

  toJSON(): object {
    return { provider: this.provider, kind: this.kind };
  }
}

const CONCEALED = "[redacted]";
/** Of anything shorter nobody could tell that it is a secret, or the beginning of one. */
const TELLING = 6;

function withoutTail(text: string, secret: string): string {
  for (let length = Math.min(secret.length, text.length); length >= TELLING; length--)
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + CONCEALED;
  return text;
}

/** Where a wire does not say what it takes. */
const ACCEPT = { stream: "accept: text/event-stream\r\n", whole: "accept: application/json\r\n" };

const COMMON = commonWith("application/json");

function commonWith(contentType: string): string {
  return `accept-encoding: identity\r\ncontent-type: ${contentType}\r\nuser-agent: headgate\r\n`;
}

function fieldsOf(fields: Readonly<Record<string, string>>): string {
  let text = "";
  for (const name in fields) text += `${name}: ${fieldValue(name, fields[name]!)}\r\n`;
  return text;
}

/** A value that cannot end its line. @throws Error for control characters */
function fieldValue(name: string, value: string): string {
  if (!/^[\t\x20-\x7e]*$/.test(value))
    throw new Error(`the value for ${name} holds characters that a header cannot carry`);
  return value;
}
