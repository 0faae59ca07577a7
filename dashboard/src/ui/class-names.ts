import { type ClassValue, clsx } from "clsx";
import { twMerge } from "tailwind-merge";

/** Classes in one string; of two that say the same thing the later counts. */
export function cn(...classes: ClassValue[]): string {
  return twMerge(clsx(classes));
}
