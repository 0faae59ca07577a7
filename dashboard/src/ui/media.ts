import { useSyncExternalStore } from "react";

const phone = matchMedia("(max-width: 767px)");

/** Whether the screen is a phone's: what is drawn otherwise there, and not only put elsewhere. */
export function useIsPhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      phone.addEventListener("change", listener);
      return () => phone.removeEventListener("change", listener);
    },
    () => phone.matches,
  );
}
