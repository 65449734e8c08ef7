/** A stream of bytes, line by line. */
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * Tells every line once it has ended, the last one also where the stream ends without a newline.
 *
 * @param longest  characters after which a line is told as it is and its rest left out, so that memory has a bound
 */
export function eachLine(stream: Readable, longest: number, told: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let [parts, length]: [string[], number] = [[], 0];
  const add = (part: string): void => {
    if (length < longest) parts.push(part.slice(0, longest - length));
    length += part.length;
  };
  const end = (): void => {
    const line = parts.join("");
    [parts, length] = [[], 0];
    told(line.endsWith("\r") ? line.slice(0, -1) : line);
  };
  stream.on("data", (chunk: Buffer) => {
    const pieces = decoder.write(chunk).split("\n");
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) end();
      add(piece);
    }
  });
  stream.on("end", () => {
    add(decoder.end());
    if (length > 0) end();
  });
}
