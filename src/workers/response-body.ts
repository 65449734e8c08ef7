/** A body of bounded size. */
import { RelizoError } from "../error.ts";

/**
 * The text of a response.
 *
 * @throws RelizoError EVALUATOR where it has more than so many bytes; what came until then is dropped and the rest is not read
 */
export async function bodyOf(response: Response, most: number): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > most) {
      await reader.cancel();
      throw new RelizoError("EVALUATOR", `an answer of more than ${most} bytes`);
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}
