/**
 * What nobody caught is a defect in one place: it is told with its stack, and everything else goes on. To end here would cut
 * every open stream for the sake of one, and whoever found out how could do it again.
 */
export function outliveAccidents(): void {
  // Whoever read our output may have gone: that is no reason to stop either, and nobody is left to be told.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(kind, (thrown: unknown) => {
      const told = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      process.stderr.write(`${new Date().toISOString()} ${kind}: ${told}\n`);
    });
  }
}
