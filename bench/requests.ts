/** What the clients of the bench send, by door. */

/** A way in, and how what one says there is written. */
export const DOORS = {
  chat: { path: "/v1/chat/completions", said: (content: string) => ({ messages: [{ role: "user", content }] }) },
  responses: { path: "/v1/responses", said: (content: string) => ({ input: content }) },
  messages: {
    path: "/v1/messages",
    said: (content: string) => ({ max_tokens: 1000, messages: [{ role: "user", content }] }),
  },
  /** Not one of ours: how Gemini itself is asked, for what only passes bytes on. */
  gemini: {
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    said: (text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] }),
  },
};
export type Door = keyof typeof DOORS;

export const PLAIN = JSON.stringify({ model: "openai/gpt-4o-mini", ...DOORS.chat.said("What does a headgate do?") });

/** Asks for a stream of so many chunks, so many milliseconds apart. */
export function streaming(door: Door, model: string, chunks: number, gap: number): string {
  return JSON.stringify({ model, ...DOORS[door].said(`chunks=${chunks} gap=${gap}`), stream: true });
}

/** A chat completion of a megabyte, most of it ten pictures in base64. */
export function pictures(model: string): string {
  const picture = (i: number) => {
    const base64 = Buffer.from(Uint8Array.from({ length: 78_600 }, (_, at) => (at * 31 + i * 7) % 251)).toString(
      "base64",
    );
    return { type: "image_url", image_url: { url: `data:image/jpeg;base64,${base64}` } };
  };
  const content = [
    { type: "text", text: "Which of these shows a headgate?" },
    ...Array.from({ length: 10 }, (_, i) => picture(i)),
  ];
  return JSON.stringify({ model, messages: [{ role: "user", content }] });
}
