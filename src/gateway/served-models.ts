import { GatewayError } from "../core/error.ts";
import { arrayAt, isObject, stringAt } from "../core/json.ts";
import { fetchDocument } from "../upstream/document.ts";

/** More than anybody would choose from. */
const MOST = 500;
const LONGEST = 200;

/**
 * The models that a server lists that speaks OpenAI's format (https://platform.openai.com/docs/api-reference/models/list), by its own names. It
 * is shown nothing, and nobody is followed elsewhere.
 * @param baseUrl where its paths begin
 * @throws GatewayError `upstream_unreachable` where it tells none
 */
export async function servedAt(baseUrl: string): Promise<readonly string[]> {
  const url = `${baseUrl.replace(/(?<!\/)\/+$/, "")}/models`;
  let data: readonly unknown[] | undefined;
  try {
    const told = await fetchDocument(url);
    data = isObject(told) ? arrayAt(told.data) : undefined;
  } catch (thrown) {
    throw new GatewayError("upstream_unreachable", (thrown as Error).message);
  }
  if (data === undefined)
    throw new GatewayError("upstream_unreachable", `${url} lists no models: there is no \`data\`.`);
  const names = data.flatMap((one) => (isObject(one) ? (stringAt(one.id) ?? []) : []));
  return [...new Set(names.filter(isName))].slice(0, MOST);
}

function isName(name: string): boolean {
  return name.length <= LONGEST && /^[\x21-\x7e]+$/.test(name);
}
