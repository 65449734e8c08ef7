/**
 * WGSL of the kernels. A workgroup of 64 draws what its elements need of a few directions into its own memory; then
 * neighbours work on neighbouring elements. It is small, since software drivers pay for every thread that waits for others.
 */
import type { SeedKind } from "../seeds.ts";

type ByKind = Readonly<Record<SeedKind, number>>;
/** Elements of a block of four random words. */
export const UNIT: ByKind = { rademacher: 128, gaussian: 8 };
/** Threads of a workgroup. */
const GROUP = 64;
/** Blocks of each direction that a workgroup draws at once, for `perturb` and `along`, and of how many directions. */
const DRAWN = { rademacher: 16, gaussian: 64 } as const;
export const SEEDS = 4;
/** Elements for which it draws them: those of a workgroup of `perturb`. */
export const PERTURBED: ByKind = {
  rademacher: DRAWN.rademacher * UNIT.rademacher,
  gaussian: DRAWN.gaussian * UNIT.gaussian,
};
/** Elements of a workgroup of `outer`, `along`, `dot` and `finite`. */
export const SUMMED = 4096;
/** Rows of a tile of products, and others. */
export const TILE = 8;
/** Blocks of each of these directions that a workgroup draws at once, and how often. */
const FEW = 16;
const TIMES = { rademacher: 8, gaussian: 32 } as const;
/** Elements of a workgroup of products. */
export const MULTIPLIED: ByKind = {
  rademacher: FEW * TIMES.rademacher * UNIT.rademacher,
  gaussian: FEW * TIMES.gaussian * UNIT.gaussian,
};

/** Bindings; from OPERANDS on, what the shader reads and writes. */
export const JOB = 0;
export const LIST = 1;
export const TABLE = 2;
export const OPERANDS = 3;

const ROTATIONS = [10, 26, 11, 21, 13, 27, 23, 5, 6, 20, 17, 11, 25, 10, 18, 20];
const ROUNDS = 13;

/** The rounds of Threefry-4x32, written out as in `random/threefry.ts`. */
function rounds(): string {
  const key = ["key.x", "key.y", "key.z", "key.w", "last"];
  const turned = (word: string, by: number): string => `((${word} << ${by}u) | (${word} >> ${32 - by}u))`;
  return Array.from({ length: ROUNDS }, (_, round) => {
    const [p, q] = round % 2 === 0 ? ["b", "d"] : ["d", "b"];
    const by = ROTATIONS.slice((2 * round) % 16);
    const mix = `a += ${p}; ${p} = ${turned(p, by[0]!)} ^ a; c += ${q}; ${q} = ${turned(q, by[1]!)} ^ c;`;
    const group = (round + 1) / 4;
    const words = ["a", "b", "c", "d"].map((word, j) => `${word} += ${key[(group + j) % 5]};`);
    return round % 4 === 3 ? `${mix} ${words.join(" ")} d += ${group}u;` : mix;
  }).join("\n  ");
}

/** What all shaders know: the dispatch's numbers, and the seeds with their coefficients. */
const COMMON = `
struct Job { c: f32, n: u32, skip: u32, block: u32, terms: u32, out: u32, x: u32, s: u32, t: u32, rows: u32, columns: u32 }
struct Term { key: vec4u, c: f32 }
@group(0) @binding(${JOB}) var<storage, read> job: Job;
@group(0) @binding(${LIST}) var<storage, read> list: array<Term>;
@group(0) @binding(${TABLE}) var<storage, read> table: array<f32>;
fn threefry(key: vec4u, counter: u32) -> vec4u {
  let last = 0x1bd11bdau ^ key.x ^ key.y ^ key.z ^ key.w;
  var a = counter + key.x; var b = key.y; var c = key.z; var d = key.w;
  ${rounds()}
  return vec4u(a, b, c, d);
}`;

const MAIN = `@compute @workgroup_size(${GROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) i: u32,
)`;

const NORMAL = (word: string, half: string): string => `table[(${word} >> (16u * ${half})) & 0xffffu]`;

/** `draw` of `count` directions from the list's entry `first` on, and `entry` p of the mth of them. */
const drawing = (kind: SeedKind): string => `
const DRAWN = ${DRAWN[kind]}u;
const PERTURBED = ${PERTURBED[kind]}u;
var<workgroup> words: array<u32, ${SEEDS * 4 * DRAWN[kind]}>;
fn draw(first: u32, count: u32, block: u32, i: u32) {
  for (var k = i; k < DRAWN * count; k += ${GROUP}u) {
    let four = threefry(list[first + k / DRAWN].key, block + k % DRAWN);
    for (var j = 0u; j < 4u; j++) { words[4u * k + j] = four[j]; }
  }
  workgroupBarrier();
}
fn entry(m: u32, p: u32) -> f32 {
  let word = words[4u * DRAWN * m + p / ${UNIT[kind] / 4}u];
  return ${kind === "gaussian" ? NORMAL("word", "(p & 1u)") : "bitcast<f32>(0x3f800000u | ((word << (31u - (p & 31u))) & 0x80000000u))"};
}`;

/** Sums of four numbers over the workgroup, for its first thread. */
const TOTAL = `
var<workgroup> sums: array<vec4f, ${GROUP}>;
fn total(own: vec4f, i: u32) -> vec4f {
  sums[i] = own;
  workgroupBarrier();
  if (i % 8u == 0u) { for (var k = 1u; k < 8u; k++) { sums[i] += sums[i + k]; } }
  workgroupBarrier();
  var all = sums[0];
  for (var k = 8u; k < ${GROUP}u; k += 8u) { all += sums[k]; }
  return all;
}`;

/** What is read and written: names that are not a shader's own, in the order of their bindings. */
const operands = (...types: readonly string[]): string =>
  types
    .map((type, k) => `@group(0) @binding(${OPERANDS + k}) var<storage, ${type.replace(" ", `> o${k}: `)};`)
    .join("\n");

/** What a shader does to a range of memory. */
type Access = "read" | "read_write";

/**
 * out <- x + c s + sum of c z, a few terms at a time.
 *
 * @param access  of each range of memory
 * @param slots  which of them holds out, x and, where it is there, s
 */
export function perturbShader(
  kind: SeedKind,
  access: readonly Access[],
  [out, x, s]: readonly number[],
): string {
  const stored = s === undefined ? "" : ` + job.c * o${s}[job.s + e]`;
  return `${COMMON}${drawing(kind)}
${operands(...access.map((way) => `${way} array<f32>`))}
${MAIN} {
  for (var k = 0u; k == 0u || k < job.terms; k += ${SEEDS}u) {
    let count = min(job.terms - k, ${SEEDS}u);
    draw(k, count, job.block + DRAWN * group.x, i);
    for (var p = i; p < PERTURBED; p += ${GROUP}u) {
      let e = PERTURBED * group.x + p - job.skip;
      if (e < job.n) {
        var sum: f32;
        if (k == 0u) { sum = o${x}[job.x + e]${stored}; } else { sum = o${out}[job.out + e]; }
        for (var m = 0u; m < count; m++) { sum += list[k + m].c * entry(m, p); }
        o${out}[job.out + e] = sum;
      }
    }
    workgroupBarrier();
  }
}`;
}

/**
 * out <- x + sum of a b^T from column `skip` of row `block` on; the last two operands are all a and all b.
 *
 * @param access  of each range that holds out or x
 * @param slots  which of them holds out, and which x
 */
export function outerShader(access: readonly Access[], [out, x]: readonly number[]): string {
  const [a, b] = [access.length, access.length + 1];
  return `${COMMON}
${operands(...access.map((way) => `${way} array<f32>`), "read array<f32>", "read array<f32>")}
${MAIN} {
  let end = min(job.n, ${SUMMED}u * (group.x + 1u));
  for (var e = ${SUMMED}u * group.x + i; e < end; e += ${GROUP}u) {
    let row = job.s + job.block + (job.skip + e) / job.columns;
    let column = job.t + (job.skip + e) % job.columns;
    var sum = o${x}[job.x + e];
    for (var k = 0u; k < job.terms; k++) { sum += o${a}[row + k * job.rows] * o${b}[column + k * job.columns]; }
    o${out}[job.out + e] = sum;
  }
}`;
}

/** Sums of z v for each workgroup and a few seeds: o0 gets them, o1 is v. */
export const alongShader = (kind: SeedKind): string => `${COMMON}${drawing(kind)}${TOTAL}
${operands("read_write array<vec4f>", "read array<f32>")}
${MAIN} {
  var sum: vec4f;
  for (var at = ${SUMMED}u * group.x; at < ${SUMMED}u * (group.x + 1u); at += PERTURBED) {
    if (at >= job.n + job.skip) { break; }
    draw(${SEEDS}u * group.y, ${SEEDS}u, job.block + at / ${UNIT[kind]}u, i);
    for (var p = i; p < PERTURBED; p += ${GROUP}u) {
      let e = at + p - job.skip;
      if (e < job.n) { sum += o1[job.x + e] * vec4f(entry(0u, p), entry(1u, p), entry(2u, p), entry(3u, p)); }
    }
    workgroupBarrier();
  }
  sum = total(sum, i);
  if (i == 0u) { o0[job.out + group.y * groups.x + group.x] = sum; }
}`;

/** One sum of a b for each workgroup: o0 gets them, o1 is a, o2 is b. */
export const DOT: string = `${COMMON}${TOTAL}
${operands("read_write array<f32>", "read array<f32>", "read array<f32>")}
${MAIN} {
  let end = min(job.n, ${SUMMED}u * (group.x + 1u));
  var sum = 0.0;
  for (var e = ${SUMMED}u * group.x + i; e < end; e += ${GROUP}u) { sum += o1[job.x + e] * o2[job.s + e]; }
  let all = total(vec4f(sum), i);
  if (i == 0u) { o0[job.out + group.x] = all.x; }
}`;

/** o0 becomes 1 where an element of o1 has an exponent of ones: by its bits, since arithmetic may assume that none has. */
export const FINITE: string = `${COMMON}
${operands("read_write atomic<u32>", "read array<u32>")}
${MAIN} {
  let end = min(job.n, ${SUMMED}u * (group.x + 1u));
  for (var e = ${SUMMED}u * group.x + i; e < end; e += ${GROUP}u) {
    if ((o1[job.x + e] & 0x7f800000u) == 0x7f800000u) { atomicOr(&o0, 1u); }
  }
}`;

/** o0 becomes 1 where an element of o1 has other bits than that of o2. */
export const SAME: string = `${COMMON}
${operands("read_write atomic<u32>", "read array<u32>", "read array<u32>")}
${MAIN} {
  let end = min(job.n, ${SUMMED}u * (group.x + 1u));
  for (var e = ${SUMMED}u * group.x + i; e < end; e += ${GROUP}u) {
    if (o1[job.x + e] != o2[job.s + e]) { atomicOr(&o0, 1u); }
  }
}`;

/**
 * Products of tiles of rows by others, a pair for each thread; the keys of a tile's rows and of its others lie one behind
 * the other in the list, tile after tile. For signs, o0 gets the number of those that differ for each pair of each tile;
 * for normal numbers a sum of products for each pair of each workgroup.
 */
export function productShader(kind: SeedKind): string {
  const signs = kind === "rademacher";
  const length = (signs ? 4 : UNIT.gaussian) * FEW; // of what is drawn of a direction at once
  const stride = length + 1; // even ones would share the banks of the memory
  const put = signs
    ? `for (var j = 0u; j < 4u; j++) { drawn[at + 4u * b + j] = four[j]; }`
    : `let e = ${UNIT.gaussian}u * (block + b);
      for (var j = 0u; j < ${UNIT.gaussian}u; j++) {
        let normal = ${NORMAL("four[j / 2u]", "(j % 2u)")};
        drawn[at + ${UNIT.gaussian}u * b + j] = select(0.0, normal, e + j < job.n);
      }`;
  const add = signs
    ? `let left = clamp(i32(job.n) - i32(32u * (4u * block + w)), 0, 32);
      let wanted = select(0xffffffffu, (1u << u32(left)) - 1u, left < 32);
      part += countOneBits((drawn[row + w] ^ drawn[other + w]) & wanted);`
    : "part += drawn[row + w] * drawn[other + w];";
  return `${COMMON}
${operands(signs ? "read_write array<atomic<u32>>" : "read_write array<f32>")}
var<workgroup> drawn: array<${signs ? "u32" : "f32"}, ${2 * TILE * stride}>;
${MAIN} {
  let row = ${stride}u * (i / ${TILE}u);
  let other = ${stride}u * (${TILE}u + i % ${TILE}u);
  var sum = ${signs ? "0u" : "0.0"};
  for (var time = 0u; time < ${TIMES[kind]}u; time++) {
    let block = (group.x * ${TIMES[kind]}u + time) * ${FEW}u;
    if (${UNIT[kind]}u * block >= job.n) { break; }
    for (var k = i; k < ${2 * TILE * FEW}u; k += ${GROUP}u) {
      let b = k % ${FEW}u;
      let at = ${stride}u * (k / ${FEW}u);
      let four = threefry(list[${2 * TILE}u * group.y + k / ${FEW}u].key, job.block + block + b);
      ${put}
    }
    workgroupBarrier();
    var part = ${signs ? "0u" : "0.0"};
    for (var w = 0u; w < ${length}u; w++) {
      ${add}
    }
    sum += part;
    workgroupBarrier();
  }
  ${
    signs
      ? `atomicAdd(&o0[${GROUP}u * group.y + i], sum);`
      : `o0[${GROUP}u * (group.y * groups.x + group.x) + i] = sum;`
  }
}`;
}
