import type { Answer } from "../answer.ts";
import { type JsonObject, numberOf, objectsOf, textOf } from "../json.ts";
import type { FormFile } from "../multipart.ts";
import { pictureOf } from "../picture.ts";
import { type Scenario, withoutDirectives } from "../scenario.ts";
import { countTokens } from "../tokens.ts";
import { missing, refuseGateways } from "./complaints.ts";
import { invalid } from "./vendor.ts";

const SHARED = "model prompt n size quality background output_format output_compression user stream partial_images";
const MEMBERS = {
  make: new Set(`${SHARED} moderation`.split(" ")),
  change: new Set(`${SHARED} images mask input_fidelity`.split(" ")),
};
const SIZES = ["1024x1024", "1024x1536", "1536x1024", "auto"];
const QUALITIES = ["low", "medium", "high", "auto"];

/** https://platform.openai.com/docs/guides/image-generation#cost-and-latency, in the order of the sizes. */
const TOKENS: Readonly<Record<string, readonly number[]>> = {
  low: [272, 408, 400],
  medium: [1056, 1584, 1568],
  high: [4160, 6240, 6208],
};
/** Where images are said to lie: nobody is asked for them. */
const NOWHERE = "https://images.simulated.invalid";
/** Of an image that is shown. */
const SHOWN = 323;

/**
 * What the API refuses of a request for images. Not `strict` is another vendor, with members of its own.
 *
 * @throws {Refusal}
 */
export function checkImages(
  body: JsonObject,
  files: Readonly<Record<string, readonly FormFile[]>>,
  task: "make" | "change",
  strict = true,
): void {
  refuseGateways(body);
  if (textOf(body.model) === "") throw missing("model");
  if (textOf(body.prompt) === "") throw missing("prompt");
  if (task === "change" && shownIn(body, files) === 0) throw missing("image");
  const n = numberOf(body.n) ?? Number(textOf(body.n) || 1);
  if (!(n >= 1 && n <= 10)) throw invalid(`Invalid 'n': integer above maximum value.`, "n", "integer_above_max_value");
  if (!strict) return;
  const unknown = Object.keys(body).find((name) => !MEMBERS[task].has(name));
  if (unknown !== undefined) throw invalid(`Unknown parameter: '${unknown}'.`, unknown, "unknown_parameter");
  const size = textOf(body.size) || "auto";
  if (!SIZES.includes(size))
    throw invalid(`Invalid value: '${size}'. Supported values are: '${SIZES.join("', '")}'.`, "size", "invalid_value");
  const quality = textOf(body.quality) || "auto";
  if (!QUALITIES.includes(quality)) throw invalid(`Invalid value: '${quality}'.`, "quality", "invalid_value");
}

/** What is answered to a request for images: OpenAI's own models tell tokens and base64, others addresses unless told otherwise. */
export function answerImages(
  body: JsonObject,
  files: Readonly<Record<string, readonly FormFile[]>>,
  scenario: Scenario,
  task: "make" | "change",
): Answer {
  if (scenario.finish === "filter" || scenario.finish === "refusal")
    throw invalid("Your request was rejected by the safety system.", null, "moderation_blocked");
  const prompt = withoutDirectives(textOf(body.prompt));
  const count = numberOf(body.n) ?? Number(textOf(body.n) || 1);
  const counts = textOf(body.model).startsWith("gpt-image");
  const asBase64 = counts || /^(b64_json|base64)$/.test(textOf(body.response_format));
  const size = SIZES.indexOf(textOf(body.size));
  const quality = textOf(body.quality);
  const [made, sized] = [TOKENS[quality] === undefined ? "medium" : quality, SIZES[Math.max(0, size) % 3]!];
  const words = countTokens(prompt);
  const images = SHOWN * shownIn(body, files);
  const output = count * TOKENS[made]![SIZES.indexOf(sized)]!;
  const details = { text_tokens: words, image_tokens: images };
  const usage = {
    input_tokens: words + images,
    input_tokens_details: details,
    output_tokens: output,
    output_tokens_details: { text_tokens: 0, image_tokens: output },
    total_tokens: words + images + output,
  };
  const told = counts
    ? { background: "opaque", output_format: textOf(body.output_format) || "png", quality: made, size: sized }
    : {};
  const data = Array.from({ length: count }, (_, at) =>
    asBase64 ? { b64_json: pictureOf(`${prompt} ${at}`) } : { url: `${NOWHERE}/${at}.png` },
  );
  const partials = numberOf(body.partial_images) ?? Number(textOf(body.partial_images) || 0);
  const kind = task === "make" ? "image_generation" : "image_edit";
  const eventOf = (type: string, at: number, more: JsonObject) => {
    const event = {
      type: `${kind}.${type}`,
      b64_json: pictureOf(`${prompt} ${at}`),
      created_at: 1_764_115_200,
      ...told,
    };
    return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, ...more })}\n\n`;
  };
  return {
    streamed: body.stream === true || body.stream === "true",
    pieces: count,
    promptTokens: words,
    plain: () =>
      JSON.stringify({
        created: Math.floor(Date.now() / 1000),
        ...told,
        data,
        ...(counts && !scenario["no-usage"] ? { usage } : {}),
      }),
    stream: () => ({
      opening: "",
      *content() {
        for (let at = 0; at < partials; at++) yield eventOf("partial_image", at, { partial_image_index: at });
      },
      closing: () => eventOf("completed", 0, scenario["no-usage"] ? {} : { usage }),
      unfinished: `event: ${kind}.partial_image\ndata: {"type":"${kind}.partial_image","b64_json":"`,
    }),
  };
}

function shownIn(body: JsonObject, files: Readonly<Record<string, readonly FormFile[]>>): number {
  const sent = (files.image ?? []).length + (files["image[]"] ?? []).length;
  return sent + objectsOf(body.images).length + (body.image === undefined ? 0 : 1);
}
