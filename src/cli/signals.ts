/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once: whoever asks twice means it. */
export function stopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) process.kill(process.pid, "SIGKILL");
        asked = true;
        resolve();
      });
    }
  });
}
