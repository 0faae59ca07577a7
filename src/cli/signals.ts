/** Ctrl-C reaches every process of the terminal, and npm and the launcher pass it on as well: so soon after the first it is an echo. */
const ECHO_MS = 500;

/**
 * Resolves at the first SIGINT or SIGTERM. A second one ends the process at once: whoever asks twice means it.
 * @param forced what comes right before that
 */
export function stopped(forced: () => void = () => {}): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: { signal: string; at: number } | undefined;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        const at = performance.now();
        const echo = signal === first?.signal && at - first.at < ECHO_MS;
        if (first !== undefined && !echo) {
          forced();
          process.kill(process.pid, "SIGKILL");
        }
        first ??= { signal, at };
        resolve(signal);
      });
    }
  });
}
