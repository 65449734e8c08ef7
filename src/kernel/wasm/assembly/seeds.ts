/**
 * Seeded directions in 128-bit SIMD: AssemblyScript, compiled by `scripts/wasm.ts`. Every function works on one block that
 * `../index.ts` has laid into this memory; x, z, v, a and b are addresses, n counts elements. A seed in memory is its key,
 * four words, and a coefficient: SEED bytes.
 *
 * Four counters are drawn at once, so directions come in runs of 512 signs or 32 normal numbers: functions that draw read
 * and write up to the end of the last run, beyond n.
 */

/** The words of four counters, or the places of their normal numbers in the table. */
const WORDS: usize = 0;
/** 65,536 float32. */
export const TABLE: usize = 128;
/** From here on the memory is the caller's. */
export const FREE: usize = 128 + 4 * 65536;
export const SEED: usize = 20;

/** x <- x + c z for each of so many seeds, one after another; z is the run of signs that begins at a counter. */
export function perturbSigns(x: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  const sign = i32x4.splat(i32.MIN_VALUE);
  for (let end = seeds + <usize>count * SEED; seeds < end; seeds += SEED) {
    const c = f32x4.splat(load<f32>(seeds, 16));
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    let to = x;
    for (let i = 0; i < n; i += 512) {
      threefry(counters, k0, k1, k2, k3);
      counters = i32x4.add(counters, i32x4.splat(4));
      for (let l: usize = 0; l < 16; l += 4) {
        for (let j: usize = 0; j < 64; j += 16) {
          const bits = spread(WORDS + j + l);
          addSigned(to, 0, c, v128.and(i32x4.shl(bits, 28), sign));
          addSigned(to, 16, c, v128.and(i32x4.shl(bits, 24), sign));
          addSigned(to, 32, c, v128.and(i32x4.shl(bits, 20), sign));
          addSigned(to, 48, c, v128.and(i32x4.shl(bits, 16), sign));
          addSigned(to, 64, c, v128.and(i32x4.shl(bits, 12), sign));
          addSigned(to, 80, c, v128.and(i32x4.shl(bits, 8), sign));
          addSigned(to, 96, c, v128.and(i32x4.shl(bits, 4), sign));
          addSigned(to, 112, c, v128.and(bits, sign));
          to += 128;
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function addSigned(x: usize, offset: usize, c: v128, sign: v128): void {
  v128.store(x + offset, f32x4.add(v128.load(x + offset), v128.xor(c, sign)));
}

/** Four copies of a word, moved so that bit 4 q + k stands at bit 4 q + 3 of lane k. */
// @ts-ignore: decorator
@inline
function spread(word: usize): v128 {
  return i32x4.mul(v128.load32_splat(word), i32x4(8, 4, 2, 1));
}

/** x <- x + c z for each of so many seeds, one after another; z is the run of normal numbers that begins at a counter. */
export function perturbNormals(x: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (let end = seeds + <usize>count * SEED; seeds < end; seeds += SEED) {
    const c = f32x4.splat(load<f32>(seeds, 16));
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    let to = x;
    for (let i = 0; i < n; i += 32) {
      threefry(counters, k0, k1, k2, k3);
      counters = i32x4.add(counters, i32x4.splat(4));
      places();
      addScaled(to, 0, c, normals(0));
      addScaled(to, 16, c, normals(64));
      addScaled(to, 32, c, normals(4));
      addScaled(to, 48, c, normals(68));
      addScaled(to, 64, c, normals(8));
      addScaled(to, 80, c, normals(72));
      addScaled(to, 96, c, normals(12));
      addScaled(to, 112, c, normals(76));
      to += 128;
    }
  }
}

// @ts-ignore: decorator
@inline
function addScaled(x: usize, offset: usize, c: v128, z: v128): void {
  v128.store(x + offset, f32x4.add(v128.load(x + offset), f32x4.mul(c, z)));
}

/** x <- x + c s. */
export function perturb(x: usize, n: i32, c: f32, s: usize): void {
  const scale = f32x4.splat(c);
  for (let end = x + 4 * <usize>n; x < end; x += 16, s += 16) addScaled(x, 0, scale, v128.load(s));
}

/** Each word of four counters becomes two places in the table: its low half's below, its high half's 16 bytes above. */
// @ts-ignore: decorator
@inline
function places(): void {
  const d = v128.load(WORDS, 48);
  const c = v128.load(WORDS, 32);
  const b = v128.load(WORDS, 16);
  const a = v128.load(WORDS);
  const mask = i32x4.splat(0x3fffc);
  v128.store(WORDS, i32x4.shr_u(i32x4.shl(a, 16), 14));
  v128.store(WORDS, v128.and(i32x4.shr_u(a, 14), mask), 16);
  v128.store(WORDS, i32x4.shr_u(i32x4.shl(b, 16), 14), 32);
  v128.store(WORDS, v128.and(i32x4.shr_u(b, 14), mask), 48);
  v128.store(WORDS, i32x4.shr_u(i32x4.shl(c, 16), 14), 64);
  v128.store(WORDS, v128.and(i32x4.shr_u(c, 14), mask), 80);
  v128.store(WORDS, i32x4.shr_u(i32x4.shl(d, 16), 14), 96);
  v128.store(WORDS, v128.and(i32x4.shr_u(d, 14), mask), 112);
}

/** Four normal numbers, of two words of one counter. */
// @ts-ignore: decorator
@inline
function normals(at: usize): v128 {
  let z = v128.load32_zero(load<u32>(WORDS + at), TABLE);
  z = v128.load32_lane(load<u32>(WORDS + at, 16), z, 1, TABLE);
  z = v128.load32_lane(load<u32>(WORDS + at, 32), z, 2, TABLE);
  return v128.load32_lane(load<u32>(WORDS + at, 48), z, 3, TABLE);
}

/** The four counters from the first, and what the first round adds to them. */
// @ts-ignore: decorator
@inline
function start(first: i32, k0: i32, k1: i32): v128 {
  return i32x4.add(i32x4.splat(first + k0 + k1), i32x4(0, 1, 2, 3));
}

/**
 * Threefry-4x32-13: word j of counter l goes to WORDS + 16 j + 4 l.
 *
 * @param a  the counters, with k0 + k1 added: see {@link start}
 */
// @ts-ignore: decorator
@inline
function threefry(a: v128, k0: i32, k1: i32, k2: i32, k3: i32): void {
  const k4 = 0x1bd11bda ^ k0 ^ k1 ^ k2 ^ k3;
  // Words 1 to 3 of the counter are 0, so half of the first two rounds depends on the key alone.
  const c0 = k2 + k3;
  const d0 = rotl(k3, 26) ^ c0;
  let b = v128.xor(i32x4.splat(rotl(k1, 10)), a);
  a = i32x4.add(a, i32x4.splat(d0));
  let d = v128.xor(i32x4.splat(rotl(d0, 11)), a);
  let c = i32x4.add(i32x4.splat(c0), b);
  b = v128.xor(rotate(b, 21), c);

  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 13), a);
  c = i32x4.add(c, d);
  d = v128.xor(rotate(d, 27), c);
  a = i32x4.add(a, d);
  d = v128.xor(rotate(d, 23), a);
  c = i32x4.add(c, b);
  b = v128.xor(rotate(b, 5), c);

  a = i32x4.add(a, i32x4.splat(k1));
  b = i32x4.add(b, i32x4.splat(k2));
  c = i32x4.add(c, i32x4.splat(k3));
  d = i32x4.add(d, i32x4.splat(k4 + 1));

  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 6), a);
  c = i32x4.add(c, d);
  d = v128.xor(rotate(d, 20), c);
  a = i32x4.add(a, d);
  d = v128.xor(rotate(d, 17), a);
  c = i32x4.add(c, b);
  b = v128.xor(rotate(b, 11), c);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 25), a);
  c = i32x4.add(c, d);
  d = v128.xor(rotate(d, 10), c);
  a = i32x4.add(a, d);
  d = v128.xor(rotate(d, 18), a);
  c = i32x4.add(c, b);
  b = v128.xor(rotate(b, 20), c);

  a = i32x4.add(a, i32x4.splat(k2));
  b = i32x4.add(b, i32x4.splat(k3));
  c = i32x4.add(c, i32x4.splat(k4));
  d = i32x4.add(d, i32x4.splat(k0 + 2));

  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 10), a);
  c = i32x4.add(c, d);
  d = v128.xor(rotate(d, 26), c);
  a = i32x4.add(a, d);
  d = v128.xor(rotate(d, 11), a);
  c = i32x4.add(c, b);
  b = v128.xor(rotate(b, 21), c);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 13), a);
  c = i32x4.add(c, d);
  d = v128.xor(rotate(d, 27), c);
  a = i32x4.add(a, d);
  d = v128.xor(rotate(d, 23), a);
  c = i32x4.add(c, b);
  b = v128.xor(rotate(b, 5), c);

  a = i32x4.add(a, i32x4.splat(k3));
  b = i32x4.add(b, i32x4.splat(k4));
  c = i32x4.add(c, i32x4.splat(k0));
  d = i32x4.add(d, i32x4.splat(k1 + 3));

  a = i32x4.add(a, b);
  v128.store(WORDS, a);
  v128.store(WORDS, v128.xor(rotate(b, 6), a), 16);
  c = i32x4.add(c, d);
  v128.store(WORDS, c, 32);
  v128.store(WORDS, v128.xor(rotate(d, 20), c), 48);
}

// @ts-ignore: decorator
@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));
}

/**
 * Words of so many seeds: word j of counter first + l of each seed to out + 16 l + 4 j, rows `stride` bytes apart.
 *
 * @param n  words of each
 */
export function drawWords(out: usize, stride: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (let end = seeds + <usize>count * SEED; seeds < end; seeds += SEED, out += stride) {
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    let to = out;
    for (let i = 0; i < n; i += 16) {
      threefry(counters, k0, k1, k2, k3);
      counters = i32x4.add(counters, i32x4.splat(4));
      for (let l: usize = 0; l < 16; l += 4) {
        store<u32>(to, load<u32>(WORDS + l));
        store<u32>(to, load<u32>(WORDS + l, 16), 4);
        store<u32>(to, load<u32>(WORDS + l, 32), 8);
        store<u32>(to, load<u32>(WORDS + l, 48), 12);
        to += 16;
      }
    }
  }
}

/** Signs of so many seeds as float64, rows `stride` bytes apart. */
export function drawSigns(z: usize, stride: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  const sign = i64x2.splat(i64.MIN_VALUE);
  const one = f64x2.splat(1);
  for (let end = seeds + <usize>count * SEED; seeds < end; seeds += SEED, z += stride) {
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    let to = z;
    for (let i = 0; i < n; i += 512) {
      threefry(counters, k0, k1, k2, k3);
      counters = i32x4.add(counters, i32x4.splat(4));
      for (let l: usize = 0; l < 16; l += 4) {
        for (let j: usize = 0; j < 64; j += 16) {
          // Bit 2 q + k goes to bit 63 of lane k.
          const word = <i64>load<u32>(WORDS + j + l);
          let bits = i64x2(word << 1, word);
          bits = i64x2.shl(bits, 32);
          for (let q: usize = 0; q < 256; q += 64) {
            v128.store(to + q, v128.or(one, v128.and(i64x2.shl(bits, 30), sign)));
            v128.store(to + q, v128.or(one, v128.and(i64x2.shl(bits, 28), sign)), 16);
            v128.store(to + q, v128.or(one, v128.and(i64x2.shl(bits, 26), sign)), 32);
            v128.store(to + q, v128.or(one, v128.and(i64x2.shl(bits, 24), sign)), 48);
            bits = i64x2.shr_u(bits, 8);
          }
          to += 256;
        }
      }
    }
  }
}

/** Normal numbers of so many seeds as float64, rows `stride` bytes apart. */
export function drawNormals(z: usize, stride: usize, n: i32, seeds: usize, count: i32, first: i32): void {
  for (let end = seeds + <usize>count * SEED; seeds < end; seeds += SEED, z += stride) {
    const k0 = load<i32>(seeds);
    const k1 = load<i32>(seeds, 4);
    const k2 = load<i32>(seeds, 8);
    const k3 = load<i32>(seeds, 12);
    let counters = start(first, k0, k1);
    let to = z;
    for (let i = 0; i < n; i += 32) {
      threefry(counters, k0, k1, k2, k3);
      counters = i32x4.add(counters, i32x4.splat(4));
      places();
      for (let l: usize = 0; l < 16; l += 4) {
        storeWide(to, normals(l));
        storeWide(to + 32, normals(l + 64));
        to += 64;
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
  const whole = n & ~3;
  for (let j = 0; j < others; j++) {
    const right = b + <usize>j * stride;
    let i = symmetric ? j : 0;
    let left = a + <usize>i * stride;
    let to = out + 8 * (<usize>i * others + j);
    const line: usize = 8 * <usize>others;
    if (whole == n) {
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
  for (let end = a + 8 * <usize>n; a < end; a += 32, b += 32, c += 32, d += 32, v += 32) {
    const x = v128.load(v);
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load(a)));
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load(b)));
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load(c)));
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load(d)));
    const y = v128.load(v, 16);
    t0 = f64x2.add(t0, f64x2.mul(y, v128.load(a, 16)));
    t1 = f64x2.add(t1, f64x2.mul(y, v128.load(b, 16)));
    t2 = f64x2.add(t2, f64x2.mul(y, v128.load(c, 16)));
    t3 = f64x2.add(t3, f64x2.mul(y, v128.load(d, 16)));
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
      for (let at: usize = 0; at < bytes; at += 8) differ += popcnt(load<i64>(left + at) ^ load<i64>(right + at));
      const to = out + 8 * (<usize>i * others + j);
      store<f64>(to, load<f64>(to) + <f64>(<i64>n - 2 * differ));
    }
  }
}
