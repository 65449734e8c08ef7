/**
 * Seeded directions in 128-bit SIMD: AssemblyScript, compiled by `scripts/wasm.ts`. Every function works on one block that
 * `../index.ts` has laid into this memory; x, z, v, a and b are addresses, n counts elements. A seed in memory is its key,
 * four words, and a coefficient: SEED bytes.
 *
 * Eight counters are drawn at once, 1024 signs or 64 normal numbers. Functions that draw read and write to the end of such a
 * run, beyond n.
 */

/** The words of eight counters: word j of counter 4 h + l at 64 h + 16 j + 4 l. */
const WORDS: usize = 0;
/** 65,536 float32. */
export const TABLE: usize = 128;
/** From here on the memory is the caller's. */
export const FREE: usize = 128 + 4 * 65536;
export const SEED: usize = 20;
/** As in the contract. */
const STIR: i32 = 0x9e3779b1;

/** Elements that take a turn with every seed while they lie in the nearest cache: a whole number of runs. */
const TURN: i32 = 4096;

/**
 * out <- x + c z for the first of so many seeds, out <- out + c z for each one after it; z is the run of signs that begins at
 * a counter. Without seeds nothing is done.
 */
export function perturbSigns(out: usize, x: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (; n > 0; n -= TURN, out += 4 * TURN, x += 4 * TURN, first += TURN / 128)
    perturbSignsTurn(out, x, min(n, TURN), seeds, count, first);
}

function perturbSignsTurn(out: usize, x: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  const sign = i32x4.splat(i32.MIN_VALUE);
  for (let last = seeds + <usize>count * SEED; seeds < last; seeds += SEED) {
    const c = f32x4.splat(load<f32>(seeds, 16));
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    for (let to = out, end = out + 4 * <usize>n; to < end; counters = i32x4.add(counters, i32x4.splat(8))) {
      threefry(counters, k0, k1, k2, k3);
      for (let h: usize = 0; h < 128; h += 64) {
        for (let l: usize = 0; l < 16; l += 4) {
          for (let j: usize = 0; j < 64; j += 16, to += 128, x += 128) {
            // Bit 4 q + k of the word goes to bit 4 q + 3 of lane k.
            const bits = i32x4.mul(v128.load32_splat(WORDS + h + l + j), i32x4(8, 4, 2, 1));
            addSigned(to, x, 0, c, v128.and(i32x4.shl(bits, 28), sign));
            addSigned(to, x, 16, c, v128.and(i32x4.shl(bits, 24), sign));
            addSigned(to, x, 32, c, v128.and(i32x4.shl(bits, 20), sign));
            addSigned(to, x, 48, c, v128.and(i32x4.shl(bits, 16), sign));
            addSigned(to, x, 64, c, v128.and(i32x4.shl(bits, 12), sign));
            addSigned(to, x, 80, c, v128.and(i32x4.shl(bits, 8), sign));
            addSigned(to, x, 96, c, v128.and(i32x4.shl(bits, 4), sign));
            addSigned(to, x, 112, c, v128.and(bits, sign));
          }
        }
      }
    }
    x = out;
  }
}

// @ts-ignore: decorator
@inline
function addSigned(out: usize, x: usize, offset: usize, c: v128, sign: v128): void {
  v128.store(out + offset, f32x4.add(v128.load(x + offset), v128.xor(c, sign)));
}

/** Where word k of the eight counters' 32 lies, counters in order. */
// @ts-ignore: decorator
@inline
function word(k: i32): usize {
  return WORDS + (((k & 16) << 2) | ((k & 3) << 4) | (k & 12));
}

/** As `perturbSigns`, with the run of normal numbers that begins at a counter. */
export function perturbNormals(out: usize, x: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (; n > 0; n -= TURN, out += 4 * TURN, x += 4 * TURN, first += TURN / 8)
    perturbNormalsTurn(out, x, min(n, TURN), seeds, count, first);
}

function perturbNormalsTurn(out: usize, x: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (let last = seeds + <usize>count * SEED; seeds < last; seeds += SEED) {
    const c = f32x4.splat(load<f32>(seeds, 16));
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    for (let to = out, end = out + 4 * <usize>n; to < end; to += 256, x += 256) {
      threefry(counters, k0, k1, k2, k3);
      counters = i32x4.add(counters, i32x4.splat(8));
      addScaled(to, x, 0, c, normals(WORDS + 0));
      addScaled(to, x, 16, c, normals(WORDS + 32));
      addScaled(to, x, 32, c, normals(WORDS + 4));
      addScaled(to, x, 48, c, normals(WORDS + 36));
      addScaled(to, x, 64, c, normals(WORDS + 8));
      addScaled(to, x, 80, c, normals(WORDS + 40));
      addScaled(to, x, 96, c, normals(WORDS + 12));
      addScaled(to, x, 112, c, normals(WORDS + 44));
      addScaled(to, x, 128, c, normals(WORDS + 64));
      addScaled(to, x, 144, c, normals(WORDS + 96));
      addScaled(to, x, 160, c, normals(WORDS + 68));
      addScaled(to, x, 176, c, normals(WORDS + 100));
      addScaled(to, x, 192, c, normals(WORDS + 72));
      addScaled(to, x, 208, c, normals(WORDS + 104));
      addScaled(to, x, 224, c, normals(WORDS + 76));
      addScaled(to, x, 240, c, normals(WORDS + 108));
    }
    x = out;
  }
}

// @ts-ignore: decorator
@inline
function addScaled(out: usize, x: usize, offset: usize, c: v128, z: v128): void {
  v128.store(out + offset, f32x4.add(v128.load(x + offset), f32x4.mul(c, z)));
}

/** x <- x + c s, to the end of sixteen elements. */
export function perturb(x: usize, n: i32, c: f32, s: usize): void {
  const scale = f32x4.splat(c);
  for (let end = x + 4 * <usize>n; x < end; x += 64, s += 64) {
    addScaled(x, x, 0, scale, v128.load(s));
    addScaled(x, x, 16, scale, v128.load(s, 16));
    addScaled(x, x, 32, scale, v128.load(s, 32));
    addScaled(x, x, 48, scale, v128.load(s, 48));
  }
}

/**
 * out <- x + sum over k of a_k b_k^T for n elements, the first of them in this column of a row.
 *
 * @param columns  how many make a row
 * @param a        a_k, from the first element's row on: `rows` numbers each
 * @param b        b_k: `columns` numbers each
 */
export function outer(
  out: usize,
  x: usize,
  n: i32,
  column: i32,
  columns: i32,
  a: usize,
  rows: i32,
  b: usize,
  rank: i32,
): void {
  for (; n > 0; column = 0, a += 4) {
    const length = min(n, columns - column);
    outerRow(out, x, length, a, 4 * <usize>rows, b + 4 * <usize>column, 4 * <usize>columns, rank);
    n -= length;
    out += 4 * <usize>length;
    x += 4 * <usize>length;
  }
}

/** A part of one row; `down` and `along` are what lies between one a_k and the next, and one b_k and the next. */
function outerRow(out: usize, x: usize, n: i32, a: usize, down: usize, b: usize, along: usize, rank: i32): void {
  const last = a + <usize>rank * down;
  for (; n >= 16; n -= 16, out += 64, x += 64, b += 64) {
    let s0 = v128.load(x);
    let s1 = v128.load(x, 16);
    let s2 = v128.load(x, 32);
    let s3 = v128.load(x, 48);
    for (let p = a, q = b; p < last; p += down, q += along) {
      const c = v128.load32_splat(p);
      s0 = f32x4.add(s0, f32x4.mul(c, v128.load(q)));
      s1 = f32x4.add(s1, f32x4.mul(c, v128.load(q, 16)));
      s2 = f32x4.add(s2, f32x4.mul(c, v128.load(q, 32)));
      s3 = f32x4.add(s3, f32x4.mul(c, v128.load(q, 48)));
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
  }
  for (; n > 0; n--, out += 4, x += 4, b += 4) {
    let s = load<f32>(x);
    for (let p = a, q = b; p < last; p += down, q += along) s += load<f32>(p) * load<f32>(q);
    store<f32>(out, s);
  }
}

/** Four normal numbers: of a word, low half first, and of the next word of its counter. */
// @ts-ignore: decorator
@inline
function normals(word: usize): v128 {
  let z = v128.load32_zero(place(word), TABLE);
  z = v128.load32_lane(place(word + 2), z, 1, TABLE);
  z = v128.load32_lane(place(word + 16), z, 2, TABLE);
  return v128.load32_lane(place(word + 18), z, 3, TABLE);
}

// @ts-ignore: decorator
@inline
function place(half: usize): usize {
  return (<usize>load<u16>(half)) << 2;
}

/** The four counters from the first, and what the first round adds to them. */
// @ts-ignore: decorator
@inline
function start(first: i32, k0: i32, k1: i32): v128 {
  return i32x4.add(i32x4.splat(first + k0 + k1), i32x4(0, 1, 2, 3));
}

/**
 * Threefry-4x32-13: the words of eight counters go to WORDS, those of the first four from a, b, c, d, of the others from
 * p, q, r, s. One alone would wait for its own results half the time.
 *
 * @param a  four counters, with k0 + k1 added: see {@link start}
 */
// @ts-ignore: decorator
@inline
function threefry(a: v128, k0: i32, k1: i32, k2: i32, k3: i32): void {
  const k4 = 0x1bd11bda ^ k0 ^ k1 ^ k2 ^ k3;
  // Words 1 to 3 of the counter are 0, so half of the first two rounds depends on the key alone.
  const c0 = k2 + k3;
  const d0 = rotl(k3, 26) ^ c0;
  let p = i32x4.add(a, i32x4.splat(4));
  let b = v128.xor(i32x4.splat(rotl(k1, 10)), a);
  let q = v128.xor(i32x4.splat(rotl(k1, 10)), p);
  a = i32x4.add(a, i32x4.splat(d0));
  p = i32x4.add(p, i32x4.splat(d0));
  let d = v128.xor(i32x4.splat(rotl(d0, 11)), a);
  let s = v128.xor(i32x4.splat(rotl(d0, 11)), p);
  let c = i32x4.add(i32x4.splat(c0), b);
  let r = i32x4.add(i32x4.splat(c0), q);
  b = mix(b, 21, c);
  q = mix(q, 21, r);

  a = i32x4.add(a, b);
  p = i32x4.add(p, q);
  b = mix(b, 13, a);
  q = mix(q, 13, p);
  c = i32x4.add(c, d);
  r = i32x4.add(r, s);
  d = mix(d, 27, c);
  s = mix(s, 27, r);
  a = i32x4.add(a, d);
  p = i32x4.add(p, s);
  d = mix(d, 23, a);
  s = mix(s, 23, p);
  c = i32x4.add(c, b);
  r = i32x4.add(r, q);
  b = mix(b, 5, c);
  q = mix(q, 5, r);

  a = i32x4.add(a, i32x4.splat(k1));
  p = i32x4.add(p, i32x4.splat(k1));
  b = i32x4.add(b, i32x4.splat(k2));
  q = i32x4.add(q, i32x4.splat(k2));
  c = i32x4.add(c, i32x4.splat(k3));
  r = i32x4.add(r, i32x4.splat(k3));
  d = i32x4.add(d, i32x4.splat(k4 + 1));
  s = i32x4.add(s, i32x4.splat(k4 + 1));

  a = i32x4.add(a, b);
  p = i32x4.add(p, q);
  b = mix(b, 6, a);
  q = mix(q, 6, p);
  c = i32x4.add(c, d);
  r = i32x4.add(r, s);
  d = mix(d, 20, c);
  s = mix(s, 20, r);
  a = i32x4.add(a, d);
  p = i32x4.add(p, s);
  d = mix(d, 17, a);
  s = mix(s, 17, p);
  c = i32x4.add(c, b);
  r = i32x4.add(r, q);
  b = mix(b, 11, c);
  q = mix(q, 11, r);
  a = i32x4.add(a, b);
  p = i32x4.add(p, q);
  b = mix(b, 25, a);
  q = mix(q, 25, p);
  c = i32x4.add(c, d);
  r = i32x4.add(r, s);
  d = mix(d, 10, c);
  s = mix(s, 10, r);
  a = i32x4.add(a, d);
  p = i32x4.add(p, s);
  d = mix(d, 18, a);
  s = mix(s, 18, p);
  c = i32x4.add(c, b);
  r = i32x4.add(r, q);
  b = mix(b, 20, c);
  q = mix(q, 20, r);

  a = i32x4.add(a, i32x4.splat(k2));
  p = i32x4.add(p, i32x4.splat(k2));
  b = i32x4.add(b, i32x4.splat(k3));
  q = i32x4.add(q, i32x4.splat(k3));
  c = i32x4.add(c, i32x4.splat(k4));
  r = i32x4.add(r, i32x4.splat(k4));
  d = i32x4.add(d, i32x4.splat(k0 + 2));
  s = i32x4.add(s, i32x4.splat(k0 + 2));

  a = i32x4.add(a, b);
  p = i32x4.add(p, q);
  b = mix(b, 10, a);
  q = mix(q, 10, p);
  c = i32x4.add(c, d);
  r = i32x4.add(r, s);
  d = mix(d, 26, c);
  s = mix(s, 26, r);
  a = i32x4.add(a, d);
  p = i32x4.add(p, s);
  d = mix(d, 11, a);
  s = mix(s, 11, p);
  c = i32x4.add(c, b);
  r = i32x4.add(r, q);
  b = mix(b, 21, c);
  q = mix(q, 21, r);
  a = i32x4.add(a, b);
  p = i32x4.add(p, q);
  b = mix(b, 13, a);
  q = mix(q, 13, p);
  c = i32x4.add(c, d);
  r = i32x4.add(r, s);
  d = mix(d, 27, c);
  s = mix(s, 27, r);
  a = i32x4.add(a, d);
  p = i32x4.add(p, s);
  d = mix(d, 23, a);
  s = mix(s, 23, p);
  c = i32x4.add(c, b);
  r = i32x4.add(r, q);
  b = mix(b, 5, c);
  q = mix(q, 5, r);

  a = i32x4.add(a, i32x4.splat(k3));
  p = i32x4.add(p, i32x4.splat(k3));
  b = i32x4.add(b, i32x4.splat(k4));
  q = i32x4.add(q, i32x4.splat(k4));
  c = i32x4.add(c, i32x4.splat(k0));
  r = i32x4.add(r, i32x4.splat(k0));
  d = i32x4.add(d, i32x4.splat(k1 + 3));
  s = i32x4.add(s, i32x4.splat(k1 + 3));

  a = i32x4.add(a, b);
  p = i32x4.add(p, q);
  v128.store(WORDS, a);
  v128.store(WORDS, p, 64);
  v128.store(WORDS, mix(b, 6, a), 16);
  v128.store(WORDS, mix(q, 6, p), 80);
  c = i32x4.add(c, d);
  r = i32x4.add(r, s);
  v128.store(WORDS, c, 32);
  v128.store(WORDS, r, 96);
  v128.store(WORDS, mix(d, 20, c), 48);
  v128.store(WORDS, mix(s, 20, r), 112);
}

/** x, rotated to the left, exclusive-or y. */
// @ts-ignore: decorator
@inline
function mix(x: v128, by: i32, y: v128): v128 {
  return v128.xor(v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by)), y);
}

/**
 * Words of so many seeds: word j of counter first + l of each seed to out + 16 l + 4 j, rows `stride` bytes apart.
 *
 * @param n  words of each
 */
export function drawWords(out: usize, stride: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (let last = seeds + <usize>count * SEED; seeds < last; seeds += SEED, out += stride) {
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    for (let to = out, end = out + 4 * <usize>n; to < end; counters = i32x4.add(counters, i32x4.splat(8))) {
      threefry(counters, k0, k1, k2, k3);
      for (let h: usize = 0; h < 128; h += 64) {
        for (let l: usize = 0; l < 16; l += 4, to += 16) {
          store<u32>(to, load<u32>(WORDS + h + l));
          store<u32>(to, load<u32>(WORDS + h + l, 16), 4);
          store<u32>(to, load<u32>(WORDS + h + l, 32), 8);
          store<u32>(to, load<u32>(WORDS + h + l, 48), 12);
        }
      }
    }
  }
}

/** Signs of so many seeds as float64, to the end of a word, rows `stride` bytes apart. */
export function drawSigns(z: usize, stride: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  const sign = i64x2.splat(i64.MIN_VALUE);
  const one = f64x2.splat(1);
  for (let last = seeds + <usize>count * SEED; seeds < last; seeds += SEED, z += stride) {
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    for (let to = z, end = z + 8 * <usize>n; to < end; counters = i32x4.add(counters, i32x4.splat(8))) {
      threefry(counters, k0, k1, k2, k3);
      for (let k = 0; k < 32 && to < end; k++) {
        const w = <i64>load<u32>(word(k));
        let bits = i64x2(w << 33, w << 32); // bit 2 q + k at 2 q + 33 of lane k
        for (let part = to + 256; to < part; to += 64) {
          v128.store(to, v128.or(one, v128.and(i64x2.shl(bits, 30), sign)));
          v128.store(to, v128.or(one, v128.and(i64x2.shl(bits, 28), sign)), 16);
          v128.store(to, v128.or(one, v128.and(i64x2.shl(bits, 26), sign)), 32);
          v128.store(to, v128.or(one, v128.and(i64x2.shl(bits, 24), sign)), 48);
          bits = i64x2.shr_u(bits, 8);
        }
      }
    }
  }
}

/** Normal numbers of so many seeds as float64, rows `stride` bytes apart. */
export function drawNormals(z: usize, stride: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (let last = seeds + <usize>count * SEED; seeds < last; seeds += SEED, z += stride) {
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    for (let to = z, end = z + 8 * <usize>n; to < end; ) {
      threefry(counters, k0, k1, k2, k3);
      counters = i32x4.add(counters, i32x4.splat(8));
      for (let h: usize = 0; h < 128; h += 64) {
        for (let l: usize = 0; l < 16; l += 4, to += 64) {
          storeWide(to, normals(WORDS + h + l));
          storeWide(to + 32, normals(WORDS + h + l + 32));
        }
      }
    }
  }
}

/** float32 to float64. */
export function widen(out: usize, x: usize, n: i32): void {
  for (let end = x + 4 * <usize>n; x < end; x += 16, out += 32) storeWide(out, v128.load(x));
}

// @ts-ignore: decorator
@inline
function storeWide(out: usize, x: v128): void {
  v128.store(out, f64x2.promote_low_f32x4(x));
  v128.store(out, f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3)), 16);
}

/**
 * out[i][j] += <a_i, b_j> over n float64 numbers, in the order that the contract states.
 *
 * @param rows, others  how many a and b; each of them begins `stride` bytes after the one before
 * @param symmetric     whether a and b are the same: then only j <= i is written
 */
export function addProducts(
  out: usize,
  a: usize,
  rows: i32,
  b: usize,
  others: i32,
  n: i32,
  stride: usize,
  symmetric: bool,
): void {
  for (let j = 0; j < others; j++) {
    const right = b + <usize>j * stride;
    let i = symmetric ? j : 0;
    let left = a + <usize>i * stride;
    let to = out + 8 * (<usize>i * others + j);
    const line: usize = 8 * <usize>others;
    if ((n & 7) == 0) {
      for (; i + 4 <= rows; i += 4) {
        addFour(to, line, left, stride, right, n);
        left += 4 * stride;
        to += 4 * line;
      }
    }
    for (; i < rows; i++) {
      addOne(to, left, right, n);
      left += stride;
      to += line;
    }
  }
}

// @ts-ignore: decorator
@inline
function addFour(out: usize, line: usize, a: usize, stride: usize, v: usize, n: i32): void {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let t0 = s0;
  let t1 = s0;
  let t2 = s0;
  let t3 = s0;
  let b = a + stride;
  let c = b + stride;
  let d = c + stride;
  for (let end = a + 8 * <usize>n; a < end; a += 64, b += 64, c += 64, d += 64, v += 64) {
    let x = v128.load(v);
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load(a)));
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load(b)));
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load(c)));
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load(d)));
    let y = v128.load(v, 16);
    t0 = f64x2.add(t0, f64x2.mul(y, v128.load(a, 16)));
    t1 = f64x2.add(t1, f64x2.mul(y, v128.load(b, 16)));
    t2 = f64x2.add(t2, f64x2.mul(y, v128.load(c, 16)));
    t3 = f64x2.add(t3, f64x2.mul(y, v128.load(d, 16)));
    x = v128.load(v, 32);
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load(a, 32)));
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load(b, 32)));
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load(c, 32)));
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load(d, 32)));
    y = v128.load(v, 48);
    t0 = f64x2.add(t0, f64x2.mul(y, v128.load(a, 48)));
    t1 = f64x2.add(t1, f64x2.mul(y, v128.load(b, 48)));
    t2 = f64x2.add(t2, f64x2.mul(y, v128.load(c, 48)));
    t3 = f64x2.add(t3, f64x2.mul(y, v128.load(d, 48)));
  }
  addSum(out, s0, t0);
  addSum(out + line, s1, t1);
  addSum(out + 2 * line, s2, t2);
  addSum(out + 3 * line, s3, t3);
}

function addOne(out: usize, a: usize, b: usize, n: i32): void {
  let s = f64x2.splat(0);
  let t = s;
  let i = 0;
  for (; i + 4 <= n; i += 4, a += 32, b += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(a), v128.load(b)));
    t = f64x2.add(t, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
  }
  for (; i < n; i++, a += 8, b += 8)
    s = f64x2.replace_lane(s, 0, f64x2.extract_lane(s, 0) + load<f64>(a) * load<f64>(b));
  addSum(out, s, t);
}

// @ts-ignore: decorator
@inline
function addSum(out: usize, s: v128, t: v128): void {
  const first = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  const second = f64x2.extract_lane(t, 0) + f64x2.extract_lane(t, 1);
  store<f64>(out, load<f64>(out) + (first + second));
}

/** out[i][j] += n - 2 (bits that differ), over n bits; those beyond n in the last pair of words must be alike. */
export function addAgreements(
  out: usize,
  a: usize,
  rows: i32,
  b: usize,
  others: i32,
  n: i32,
  stride: usize,
  symmetric: bool,
): void {
  const bytes = (((<usize>n + 63) >> 6) << 3);
  for (let i = 0; i < rows; i++) {
    const left = a + <usize>i * stride;
    for (let j = 0, most = symmetric ? i + 1 : others; j < most; j++) {
      const right = b + <usize>j * stride;
      let differ: i64 = 0;
      for (let at: usize = left == right ? bytes : 0; at < bytes; at += 8)
        differ += popcnt(load<i64>(left + at) ^ load<i64>(right + at));
      const to = out + 8 * (<usize>i * others + j);
      store<f64>(to, load<f64>(to) + <f64>(<i64>n - 2 * differ));
    }
  }
}

/**
 * Where the bits of a and b differ: first + i for each such element i < n to `out` in turn.
 *
 * @returns where the next one would go
 */
export function differences(a: usize, b: usize, n: i32, out: usize, first: i32): usize {
  let i = 0;
  for (; i + 16 <= n; i += 16, a += 64, b += 64) {
    const x = v128.xor(v128.load(a), v128.load(b));
    const y = v128.xor(v128.load(a, 16), v128.load(b, 16));
    const z = v128.xor(v128.load(a, 32), v128.load(b, 32));
    const w = v128.xor(v128.load(a, 48), v128.load(b, 48));
    if (v128.any_true(v128.or(v128.or(x, y), v128.or(z, w)))) out = listed(a, b, 16, out, first + i);
  }
  return listed(a, b, n - i, out, first + i);
}

function listed(a: usize, b: usize, n: i32, out: usize, first: i32): usize {
  for (let i = 0; i < n; i++, a += 4, b += 4) {
    store<i32>(out, first + i);
    out += (<usize>(load<i32>(a) != load<i32>(b))) << 2;
  }
  return out;
}

/** One more link of the chain at each of sixteen words, from each sixteen of n. */
export function stamp(words: usize, x: usize, n: i32): void {
  let a = v128.load(words);
  let b = v128.load(words, 16);
  let c = v128.load(words, 32);
  let d = v128.load(words, 48);
  let i = 0;
  for (; i + 16 <= n; i += 16, x += 64) {
    a = stirred(a, v128.load(x));
    b = stirred(b, v128.load(x, 16));
    c = stirred(c, v128.load(x, 32));
    d = stirred(d, v128.load(x, 48));
  }
  v128.store(words, a);
  v128.store(words, b, 16);
  v128.store(words, c, 32);
  v128.store(words, d, 48);
  for (; i < n; i++, x += 4, words += 4) store<i32>(words, rotl((load<i32>(words) ^ load<i32>(x)) * STIR, 15));
}

// @ts-ignore: decorator
@inline
function stirred(h: v128, word: v128): v128 {
  const product = i32x4.mul(v128.xor(h, word), i32x4.splat(STIR));
  return v128.or(i32x4.shl(product, 15), i32x4.shr_u(product, 17));
}
