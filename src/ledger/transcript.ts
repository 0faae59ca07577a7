import type { HeaderFields } from "../core/headers.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { redact } from "../core/redact.ts";
import { answeredFields, askedFields, type KeptAnswer, type KeptField } from "./kept-fields.ts";
import { redactFrames } from "./spoken.ts";

/** Characters that are kept of a question, and of an answer. */
const MOST = 65_536;
/** Of one text within a question: pictures and documents are such. */
const LONGEST_TEXT = 4000;

/** Who was asked, and with what. */
interface Asked {
  readonly endpoint: { readonly id: string };
  readonly credential: { conceal(text: string): string };
}

/** Answers of providers whose header fields are kept. */
const MOST_ANSWERS = 10;

/** What a request was answered, as far as it is kept, where its key wants that. */
export class Transcript {
  private readonly decoder = new TextDecoder();
  private text = "";
  /** Header fields of the client's. */
  fields: readonly KeptField[] = [];
  /** And of what providers answered with, attempt by attempt. */
  readonly answers: KeptAnswer[] = [];

  asked(headers: HeaderFields): void {
    this.fields = askedFields(headers);
  }

  /** One who was asked has answered. */
  gave({ endpoint, credential }: Asked, { status, headers }: { status: number; headers: HeaderFields }): void {
    if (this.answers.length === MOST_ANSWERS) return;
    const fields = answeredFields(headers, (text) => credential.conceal(text));
    this.answers.push({ endpoint: endpoint.id, status, fields });
  }

  /** A piece of the reply. */
  add(piece: Uint8Array | string): void {
    if (this.text.length >= MOST) return;
    this.text += typeof piece === "string" ? piece : this.decoder.decode(piece, { stream: true });
  }

  /** Without what looks like a secret; `null` where there was none. */
  get answered(): string | null {
    return this.text === "" ? null : cut(redact(redactFrames(this.text)));
  }
}

/** A question as it is kept: long texts are cut, and what looks like a secret is taken out. */
export function askedText(body: JsonObject): string {
  return cut(
    redact(JSON.stringify(body, (_, value: JsonValue) => (typeof value === "string" ? shortened(value) : value))),
  );
}

function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)`;
}

function cut(text: string): string {
  return text.slice(0, MOST).toWellFormed();
}
