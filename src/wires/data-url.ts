/** What a data URL holds. */
export interface Data {
  readonly mediaType: string;
  readonly base64: string;
}

const HEAD = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w-]+=[^;,]{0,100}){0,5};base64,/i;

/** What a data URL in base64 holds; `undefined` for any other text. */
export function dataIn(url: string): Data | undefined {
  const head = HEAD.exec(url.slice(0, 1000));
  if (head === null) return undefined;
  return { mediaType: head[1]?.toLowerCase() ?? "application/octet-stream", base64: url.slice(head[0].length) };
}

export function dataUrl({ mediaType, base64 }: Data): string {
  return `data:${mediaType};base64,${base64}`;
}
