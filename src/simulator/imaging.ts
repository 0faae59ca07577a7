import { textOf } from "./json.ts";
import { filesIn } from "./multipart.ts";
import { answerImages, checkImages } from "./openai/images.ts";
import { OWN_PATH, openai } from "./openai/vendor.ts";
import type { Operation } from "./operations.ts";

/** Images that are made, and changed. */
export const IMAGING: readonly Operation[] = (["make", "change"] as const).map((task) => ({
  vendor: openai,
  method: "POST",
  path: task === "make" ? "/images/generations" : "/images/edits",
  check: (body, request, said) => checkImages(body, filesIn(said), task, OWN_PATH.test(request.path)),
  text: (body) => textOf(body.prompt),
  answer: (body, scenario, _memory, said) => answerImages(body, filesIn(said), scenario, task),
}));
