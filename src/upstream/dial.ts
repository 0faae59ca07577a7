import type { Socket } from "bun";
import { Deadline } from "../clock/deadline.ts";
import { GatewayError } from "../core/error.ts";
import { connectFault, nameFault } from "./fault.ts";
import { NAMES } from "./lookup.ts";
import type { Origin } from "./origin.ts";

/** What a socket tells. Sockets have one set of callbacks; whom they tell changes when a call is answered. */
export interface Party {
  opened(socket: Socket<Party>): void;
  /** Over TLS. Only after the certificate has held may anything be written. */
  shaken(socket: Socket<Party>, authorized: boolean, cause: Error | null): void;
  arrived(bytes: Buffer): void;
  /** May come before the handshake is over. */
  drained(): void;
  /** The other side is done, or the connection broke, or was never made. */
  ended(cause: unknown): void;
  /** It has rested for too long. */
  destroy(): void;
}

/** Who wants a connection. One of the two comes, unless the dial is called off. */
export interface Caller extends Party {
  unreached(error: GatewayError): void;
}

/** An address that has not answered by then is left to ring, and the next is called beside it (RFC 8305). */
const SLOW_MS = 250;
/** Most calls to one address that nobody wants any more and that the kernel has not given up: each holds a descriptor for two minutes. */
const VAIN_CAP = 64;
/** Beyond that one is still made now and then, to find out. */
const VAIN_EVERY_MS = 1000;

interface Vain {
  calls: number;
  calledAt: number;
}

/** The runtime hands out no socket before it is open, so that nobody can close one that never opens: they are counted. By address and port. */
const VAIN = new Map<string, Vain>();

/** Connects to where an origin's name leads: its addresses in turn, the next as soon as one refuses or is slow. The first to answer is taken. */
export class Dial {
  private readonly origin: Origin;
  private readonly caller: Caller;
  private readonly calls = new Set<Call>();
  private left: readonly string[] = [];
  private patience: Deadline | undefined;
  private over = false;
  private cause: unknown;

  constructor(origin: Origin, caller: Caller) {
    this.origin = origin;
    this.caller = caller;
  }

  start(): void {
    const found = NAMES.addresses(this.origin.host);
    if (found instanceof Promise)
      found.then(
        (addresses) => this.begin(addresses),
        (cause) => this.fail(nameFault(cause)),
      );
    else this.begin(found);
  }

  /** Nobody wants it any more. */
  callOff(): void {
    this.over = true;
    this.patience?.clear();
    for (const call of this.calls) call.leave();
    this.calls.clear();
  }

  answered(call: Call, socket: Socket<Party>): void {
    this.calls.delete(call);
    this.callOff();
    socket.data = this.caller;
    this.caller.opened(socket);
  }

  refused(call: Call, cause: unknown): void {
    if (this.over) return;
    this.calls.delete(call);
    this.cause = cause;
    NAMES.demote(this.origin.host, call.address);
    this.next();
  }

  private begin(addresses: readonly string[]): void {
    if (this.over) return;
    this.left = addresses;
    this.next();
  }

  /** Calls the next address, or fails when there is none and no call is under way. */
  private next(): void {
    const { port } = this.origin;
    const [address, ...others] = this.left;
    this.left = others;
    if (address === undefined) {
      if (this.calls.size === 0) this.fail(connectFault(this.cause));
    } else if (isInVain(address, port)) {
      this.cause = new GatewayError(
        "upstream_unreachable",
        `No connection to the provider: ${VAIN_CAP} earlier ones are still being made, in vain.`,
      );
      this.next();
    } else {
      this.wait();
      const call = new Call(this, address, port);
      this.calls.add(call);
      call.connect(this.origin);
    }
  }

  private wait(): void {
    const at = performance.now() + SLOW_MS;
    if (this.left.length === 0) this.patience?.clear();
    else if (this.patience === undefined) this.patience = new Deadline(at, () => this.slow());
    else {
      this.patience.move(at);
      this.patience.rearm(at);
    }
  }

  private slow(): void {
    for (const { address } of this.calls) NAMES.demote(this.origin.host, address);
    this.next();
  }

  private fail(error: GatewayError): void {
    if (this.over) return;
    this.callOff();
    this.caller.unreached(error);
  }
}

function isInVain(address: string, port: number): boolean {
  const vain = VAIN.get(`${address} ${port}`);
  if (vain === undefined || vain.calls < VAIN_CAP) return false;
  const now = performance.now();
  if (now - vain.calledAt < VAIN_EVERY_MS) return true;
  vain.calledAt = now;
  return false;
}

/** One address is called. */
class Call implements Party {
  readonly address: string;
  private readonly port: number;
  private readonly dial: Dial;
  private isLeft = false;
  private settled = false;

  constructor(dial: Dial, address: string, port: number) {
    this.dial = dial;
    this.address = address;
    this.port = port;
  }

  connect({ host, port, tls }: Origin): void {
    // The certificate must be for the name, wherever it has led.
    const secure = tls ? { tls: { serverName: host, ALPNProtocols: "http/1.1" } } : {};
    // `connectError` tells it, too.
    const failed = (cause: unknown) => this.ended(cause);
    try {
      Bun.connect<Party>({ hostname: this.address, port, data: this, socket: EVENTS, ...secure }).catch(failed);
    } catch (cause) {
      failed(cause);
    }
  }

  /** It rings on, and is hung up as soon as there is something to hang up. */
  leave(): void {
    if (this.settled || this.isLeft) return;
    this.isLeft = true;
    const at = `${this.address} ${this.port}`;
    const vain = VAIN.get(at);
    if (vain === undefined) VAIN.set(at, { calls: 1, calledAt: performance.now() });
    else vain.calls++;
  }

  opened(socket: Socket<Party>): void {
    this.settle();
    if (this.isLeft) socket.terminate();
    else this.dial.answered(this, socket);
  }

  ended(cause: unknown): void {
    if (this.settled) return;
    this.settle();
    if (!this.isLeft) this.dial.refused(this, cause);
  }

  private settle(): void {
    if (this.settled) return;
    this.settled = true;
    if (!this.isLeft) return;
    const at = `${this.address} ${this.port}`;
    const vain = VAIN.get(at);
    if (vain !== undefined && --vain.calls === 0) VAIN.delete(at);
  }

  // What comes from a socket that was hung up.

  shaken(): void {}
  arrived(): void {}
  drained(): void {}
  destroy(): void {}
}

/** One set of callbacks for all sockets: each knows whom it tells. */
const EVENTS = {
  open: (socket: Socket<Party>) => socket.data.opened(socket),
  handshake: (socket: Socket<Party>, authorized: boolean, cause: Error | null) =>
    socket.data.shaken(socket, authorized, cause),
  data: (socket: Socket<Party>, bytes: Buffer) => socket.data.arrived(bytes),
  drain: (socket: Socket<Party>) => socket.data.drained(),
  close: (socket: Socket<Party>, cause?: Error) => socket.data.ended(cause),
  error: (socket: Socket<Party>, cause: Error) => socket.data.ended(cause),
  timeout: (socket: Socket<Party>) => socket.data.destroy(),
  connectError: (socket: Socket<Party>, cause: Error) => socket.data.ended(cause),
};
