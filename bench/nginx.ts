import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, MEASURED_CORE } from "./process.ts";

/** nginx as the yardstick: it passes bytes on, parses nothing, keeps no key and no ledger. */
export async function startNginx(upstream: number): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-nginx-"));
  const port = freePort();
  writeFileSync(
    join(folder, "nginx.conf"),
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 16384; }
http {
  access_log off;
  client_max_body_size 0;
  upstream provider { server 127.0.0.1:${upstream}; keepalive 1024; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 100000000;
    location / { proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`,
  );
  const child = Bun.spawn(["taskset", "-c", String(MEASURED_CORE), "nginx", "-c", join(folder, "nginx.conf")], {
    stderr: "inherit",
  });
  for (;;) {
    const worker = Bun.spawnSync(["pgrep", "-P", String(child.pid)])
      .stdout.toString()
      .trim();
    if (/^\d+$/.test(worker) && (await listens(port))) {
      return {
        pid: Number(worker),
        port,
        async kill() {
          child.kill();
          await child.exited;
        },
      };
    }
    if (child.exitCode !== null) throw new Error("nginx did not start");
    await Bun.sleep(20);
  }
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

async function listens(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
