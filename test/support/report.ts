/** One test of a report that `bun test --reporter=junit` has written. */
export interface Tested {
  /** From the root of the repository. */
  readonly file: string;
  /** With the names of those around it. */
  readonly name: string;
  readonly seconds: number;
  /** What it failed by. */
  readonly failure?: string;
}

/** All tests of a report but those that were skipped. */
export function testsIn(xml: string): Tested[] {
  return [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].flatMap(([, head, body = ""]) => {
    if (/<(skipped|todo)\b/.test(body)) return [];
    const [, failure] = /<(?:failure|error)\b[^>]*?(?:\/>|>([\s\S]*?)<\/(?:failure|error)>)/.exec(body) ?? [];
    const isWell = !/<(failure|error)\b/.test(body);
    return {
      file: attributeOf(head!, "file"),
      name: `${attributeOf(head!, "classname")} ${attributeOf(head!, "name")}`,
      seconds: Number(attributeOf(head!, "time")),
      ...(isWell ? {} : { failure: plain(failure ?? body) }),
    };
  });
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function attributeOf(head: string, name: string): string {
  return plain(new RegExp(`\\b${name}="([^"]*)"`).exec(` ${head}`)?.[1] ?? "");
}

function plain(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, code, name) =>
    code === undefined ? (ENTITIES[name] ?? whole) : String.fromCodePoint(Number(code)),
  );
}
