import { expect, test } from "bun:test";
import { requestIdOf as read } from "./request-id.ts";

const requestIdOf = (headers: Headers) => read(headers, { isIn: (text) => text.includes("cnry-0123456789") });

test.each([
  ["x-request-id", "req_011CSHoEeqs5C35K2UUqR7Fy"],
  ["request-id", "req_018EeWyXxfu5pfWkrYcMdjWG"],
  ["x-amzn-requestid", "9f1c2a4e-7f0a-4b62-a1a0-5c7e0d4b8d11"],
  ["apim-request-id", "0e1c2f3a-4b5d-6e7f-8091-a2b3c4d5e6f7"],
])("%s tells it", (field, id) => {
  expect(requestIdOf(new Headers({ [field]: id }))).toBe(id);
});

test("what can be none is passed over, for another that can", () => {
  expect(requestIdOf(new Headers({ "x-request-id": "a b", "request-id": "req_1" }))).toBe("req_1");
  expect(requestIdOf(new Headers({ "x-request-id": "x".repeat(129) }))).toBeUndefined();
  expect(requestIdOf(new Headers())).toBeUndefined();
  // Nor the secret that it was shown.
  expect(requestIdOf(new Headers({ "x-request-id": "a.cnry-0123456789", "request-id": "req_2" }))).toBe("req_2");
});
