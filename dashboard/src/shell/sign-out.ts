import type { QueryClient } from "@tanstack/react-query";
import type { ask as Ask } from "../api/client.ts";
import { toastError } from "../ui/toast.tsx";

/** Ends the session here and at the gateway. */
export async function signOut(ask: typeof Ask, client: QueryClient): Promise<void> {
  try {
    await ask("/session", { method: "DELETE" });
    client.clear();
    location.assign("/");
  } catch (thrown) {
    toastError(thrown);
  }
}
