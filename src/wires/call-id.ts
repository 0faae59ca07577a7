/** An id for a call whose provider gave it none: the same for the same answer, and another for every other. */
export function mintedCall(answer: string, place: number, said: string): string {
  const own = answer.replace(/[^a-zA-Z0-9_-]/g, "").slice(0, 28);
  return `call_${own || hash(said)}_${place}`;
}

/** A short word that stands for a text. */
export function hash(text: string): string {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return sum.toString(36);
}
