import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL, type Subprocess } from "bun";
import { freePort } from "../../test/support/port.ts";
import { until } from "../redis/server.ts";

/** Where Debian's package, and others, put what no path leads to. */
const VERSIONS = "/usr/lib/postgresql";
const USER = "headgate";

/** A PostgreSQL of Debian's package on a port of its own, in a folder that goes with it. Nobody needs a password. */
export class Postgres {
  private readonly port = freePort();
  private readonly folder = mkdtempSync(join(tmpdir(), "headgate-postgres-"));
  private process: Subprocess | undefined;
  private databases = 0;

  /** @param options as on its command line: without any it does not wait for the disk, which only the loss of power would tell */
  async start(...options: string[]): Promise<void> {
    const data = join(this.folder, "data");
    if (!existsSync(data)) await this.make(data);
    const at = ["-D", data, "-p", `${this.port}`, "-c", "listen_addresses=127.0.0.1", "-k", this.folder];
    const told = options.length > 0 ? options : ["-c", "fsync=off"];
    this.process = Bun.spawn([...as(), program("postgres"), ...at, ...told], { stdout: "ignore", stderr: "ignore" });
    await until(() => this.answers());
  }

  /** The address of a database in which there is nothing yet. */
  async database(): Promise<string> {
    const name = `test_${++this.databases}`;
    await this.with((sql) => sql.unsafe(`CREATE DATABASE ${name} TEMPLATE template0`));
    return this.urlOf(name);
  }

  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    this.process?.kill(signal);
  }

  /** At once, as when the machine is switched off. */
  async stop(): Promise<void> {
    this.process?.kill("SIGQUIT");
    await this.process?.exited;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async make(data: string): Promise<void> {
    if (isRoot()) chownSync(this.folder, ...owner());
    chmodSync(this.folder, 0o700);
    const how = ["-U", USER, "--auth=trust", "--encoding=UTF8", "--no-sync"];
    const made = Bun.spawn([...as(), program("initdb"), "-D", data, ...how], { stdout: "ignore", stderr: "pipe" });
    if ((await made.exited) !== 0) throw new Error(await made.stderr.text());
  }

  private urlOf(database: string): string {
    return `postgres://${USER}@127.0.0.1:${this.port}/${database}`;
  }

  private answers(): Promise<boolean> {
    return this.with((sql) => sql`SELECT 1`).then(
      () => true,
      () => false,
    );
  }

  private async with<T>(use: (sql: SQL) => Promise<T>): Promise<T> {
    const sql = new SQL(this.urlOf("postgres"), { max: 1, connectionTimeout: 2 });
    try {
      return await use(sql);
    } finally {
      await sql.close();
    }
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** It refuses to run as root. */
function as(): string[] {
  const [uid, gid] = isRoot() ? owner() : [];
  const other = uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  return ["setpriv", ...other, "--pdeathsig=QUIT", "--"];
}

let known: [number, number] | undefined;

/** Whom Debian's package has made for it. */
function owner(): [number, number] {
  const idOf = (which: string) => Number(Bun.spawnSync(["id", which, "postgres"]).stdout.toString());
  known ??= [idOf("-u"), idOf("-g")];
  return known;
}

function program(name: string): string {
  const found = Bun.which(name);
  if (found !== null) return found;
  const [newest] = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  return join(VERSIONS, newest, "bin", name);
}
