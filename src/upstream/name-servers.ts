import { setServers } from "node:dns";
import { readFileSync, statSync } from "node:fs";

/** Where Linux keeps who is asked for names. Other systems are asked themselves. */
const PATH = "/etc/resolv.conf";

/** Who is asked for names. The runtime reads it once; a machine that moves to another network, or into a VPN, writes it anew. */
export class NameServers {
  private readonly path: string;
  private readonly use: (servers: string[]) => void;
  private readAt: number | undefined;

  constructor(path: string = PATH, use: (servers: string[]) => void = setServers) {
    this.path = path;
    this.use = use;
    this.readAt = this.writtenAt();
  }

  /** Has those asked that are told now, if that has changed: before a look-up. */
  follow(): void {
    const writtenAt = this.writtenAt();
    if (writtenAt === this.readAt || writtenAt === undefined) return;
    this.readAt = writtenAt;
    try {
      const lines = readFileSync(this.path, "utf8").matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm);
      const servers = [...lines].map(([, server]) => server!);
      if (servers.length > 0) this.use(servers);
    } catch {
      // Half written, or of a kind that is not understood: those from before are asked on.
    }
  }

  private writtenAt(): number | undefined {
    return statSync(this.path, { throwIfNoEntry: false })?.mtimeMs;
  }
}
