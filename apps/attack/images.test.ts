import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { decode, encode } from "fast-png";
import { loadImages, readNames } from "./load-images.ts";
import { dataUri, sheet } from "./picture.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-images-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const colour = { channels: 3, height: 1, width: 2 };
const gray = { channels: 1, height: 1, width: 2 };

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("records are a label and planes", () => {
  const path = write("two.bin", Uint8Array.of(7, 1, 2, 3, 4, 5, 6, 9, 10, 20, 30, 40, 50, 60));
  const images = loadImages(path, colour);
  assert.deepEqual(images.labels, [7, 9]);
  assert.deepEqual([...images.pixels], [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]);
});

test("a file that holds no whole records says what came and what was needed", () => {
  const path = write("odd.bin", new Uint8Array(15));
  assert.throws(() => loadImages(path, colour), {
    code: "DATA",
    message: /15 bytes.*3 x 1 x 2 = 6 pixel bytes/,
  });
  assert.throws(() => loadImages(join(folder, "none.bin"), colour), {
    code: "DATA",
    message: /none\.bin" is not there/,
  });
});

test("a folder of PNG files is read in the order of names, colour, gray and with alpha", () => {
  const png = (data: readonly number[], channels: number): Uint8Array =>
    encode({ width: 2, height: 1, channels, depth: 8, data: Uint8Array.from(data) });
  const own = mkdtempSync(join(folder, "png-"));
  writeFileSync(join(own, "b.png"), png([1, 2, 3, 4, 5, 6], 3));
  writeFileSync(join(own, "a.PNG"), png([1, 2, 3, 200, 4, 5, 6, 100], 4));
  writeFileSync(join(own, "c.png"), png([8, 9], 1));
  const planes = [1, 4, 2, 5, 3, 6];
  const images = loadImages(own, colour, write("labels.txt", "3\n1\r\n\n4\n"));
  assert.deepEqual([...images.pixels], [...planes, ...planes, 8, 9, 8, 9, 8, 9]);
  assert.deepEqual(images.labels, [3, 1, 4]);
  const named = loadImages(own, colour, write("named.txt", "c.png 4\na.PNG 3\nb.png 1\n"));
  assert.deepEqual(named.labels, [3, 1, 4]);
  assert.throws(() => loadImages(own, colour), { code: "OPTION", message: /labels are needed/ });
  assert.throws(() => loadImages(own, gray, write("l", "0\n0\n0")), {
    code: "DATA",
    message: /b\.png" is 3 x 1 x 2|a\.PNG" is 3 x 1 x 2/,
  });
  assert.throws(() => loadImages(own, colour, write("few", "0\n0")), {
    code: "DATA",
    message: /2 labels for 3 pictures/,
  });
  assert.throws(() => loadImages(own, colour, write("gap", "a.PNG 0\nb.png 0")), {
    code: "DATA",
    message: /no line "c\.png/,
  });
  assert.throws(() => loadImages(own, colour, write("bad", "cat")), {
    code: "DATA",
    message: /bad:1: "cat"/,
  });
});

test("what is no PNG of 8 bits is refused", () => {
  const labels = write("one.txt", "0");
  const own = mkdtempSync(join(folder, "bad-"));
  assert.throws(() => loadImages(own, gray, labels), { code: "DATA", message: /no file named \*\.png/ });
  writeFileSync(join(own, "x.png"), "text");
  assert.throws(() => loadImages(own, gray, labels), { code: "DATA", message: /x\.png" is no PNG/ });
  writeFileSync(
    join(own, "x.png"),
    encode({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(1, 2) }),
  );
  assert.throws(() => loadImages(own, gray, labels), { code: "DATA", message: /16 bits a sample/ });
  assert.throws(() => loadImages(write("r.bin", new Uint8Array(3)), gray, labels), {
    code: "OPTION",
    message: /hold their labels/,
  });
});

test("a PNG with a changed byte is refused, not decoded into something else", () => {
  const own = mkdtempSync(join(folder, "changed-"));
  const png = encode({ width: 2, height: 1, channels: 1, depth: 8, data: Uint8Array.of(1, 2) });
  png[png.length - 20]! ^= 1; // in the checksums of the pixels
  writeFileSync(join(own, "x.png"), png);
  assert.throws(() => loadImages(own, gray, write("one.txt", "0")), {
    code: "DATA",
    message: /x\.png" is no PNG file that can be read: CRC/,
  });
});

test("labels that could belong to other pictures are refused", () => {
  const own = mkdtempSync(join(folder, "order-"));
  const png = encode({ width: 2, height: 1, channels: 1, depth: 8, data: Uint8Array.of(1, 2) });
  for (const name of ["2.png", "10.png"]) writeFileSync(join(own, name), png);
  assert.throws(() => loadImages(own, gray, write("order.txt", "0\n1")), {
    code: "DATA",
    message: /by name "10\.png" is picture 1, by number "2\.png" is/,
  });
  const named = loadImages(own, gray, write("commas.csv", "2.png,0\n10.png, 1\n10.png, 1\n"));
  assert.deepEqual(named.labels, [1, 0]);
  assert.throws(() => loadImages(own, gray, write("two.txt", "2.png 0\n10.png 1\n2.png 1")), {
    code: "DATA",
    message: /gives "2\.png" the labels 0 and 1/,
  });
});

test("a path that is not there is said to be missing, with labels too", () => {
  const path = join(folder, "nowhere");
  assert.throws(() => loadImages(path, gray, write("one.txt", "0")), {
    code: "DATA",
    message: /nowhere" is not there/,
  });
});

test("names are as many as classes", () => {
  assert.deepEqual(readNames(write("names.txt", "cat\ndog\n"), 2), ["cat", "dog"]);
  assert.throws(() => readNames(join(folder, "names.txt"), 3), {
    code: "DATA",
    message: /2 names for 3 classes/,
  });
});

test("a picture written as PNG reads back, plane by plane", () => {
  const picture = Float32Array.of(-0.5, 0.5, 0, 0.1, 0.2, 9);
  const png = decode(Buffer.from(dataUri(picture, colour).split(",")[1]!, "base64"));
  assert.deepEqual([png.width, png.height, png.channels], [2, 1, 3]);
  assert.deepEqual([...png.data], [0, 128, 179, 255, 153, 255]);
});

test("a sheet has a white line around every picture", () => {
  const png = decode(sheet([[Float32Array.of(-0.5, 0.5)], [Float32Array.of(0.5, -0.5)]], gray, 2));
  assert.deepEqual([png.width, png.height, png.channels], [2 * 2 + 4, 2 * (2 + 2) + 2, 1]);
  const row = (y: number): number[] => [...png.data.subarray(y * png.width, (y + 1) * png.width)];
  assert.deepEqual(
    row(0),
    row(0).map(() => 255),
  );
  assert.deepEqual(row(2), [255, 255, 0, 0, 255, 255, 255, 255]);
  assert.deepEqual(row(7), [255, 255, 255, 255, 0, 0, 255, 255]);
});
