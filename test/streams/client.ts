import type { Answer } from "../../src/upstream/answer.ts";
import { bearerProof } from "../../src/upstream/auth/bearer.ts";
import { Credential } from "../../src/upstream/credentials.ts";
import { PATIENT, Reader } from "../../src/upstream/fixtures/exchange.ts";
import { open } from "../../src/upstream/open.ts";
import { KEY, type RunningGateway } from "../support/gateway.ts";

/** One streaming client on a connection of its own, which reads only what it is told to. */
export interface Client {
  /** As soon as the reply begins. */
  readonly answer: Promise<Answer>;
  readonly reader: Reader;
  /** Everything that was read, once the reply is over. @throws what cut it off */
  text(): Promise<string>;
  /** Closes the connection, whatever may still come. */
  leave(): Promise<void>;
}

/** Clients of a gateway. They use our own client of providers: no limit to how many, and it can be paused. */
export class Clients {
  private readonly gateway: Credential;

  constructor({ url }: Pick<RunningGateway, "url">) {
    this.gateway = new Credential({ provider: "gateway", kind: "system", baseUrl: url, fields: bearerProof(KEY) });
  }

  /** Asks for a stream. Without `reads`, nothing is read until the test gives the answer a reader. */
  ask(model: string, prompt: string, { reads = true, more = {} }: { reads?: boolean; more?: object } = {}): Client {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: prompt }], stream: true, ...more });
    const reader = new Reader();
    let leave: (() => void) | undefined;
    const answer = open(this.gateway, { path: "/v1/chat/completions", stream: true, body }, PATIENT, {
      watch: (act) => {
        leave = act;
      },
    });
    answer.then(
      (begun) => (reads ? begun.read(reader) : begun.pause()),
      () => {},
    );
    return {
      answer,
      reader,
      async text() {
        await answer;
        const error = await reader.over;
        if (error !== undefined) throw error;
        return Buffer.from(reader.text, "latin1").toString();
      },
      async leave() {
        leave?.();
        await answer.then(
          (begun) => begun.close(),
          () => {},
        );
      },
    };
  }

  /** Closes the connections that are idle. */
  stop(): void {
    this.gateway.pool.close();
  }
}
