import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** Where two dipoles of the heart lie, (a, c, t, v) and (b, d, u, w): complex moments (a + ic)(t + iv)^k + (b + id)(u + iw)^k. */
export const heart8: LeastSquares = {
  title: "Heart8ls",
  source:
    "Dennis, Gay, Phan Vu 1985; x = (a, b, c, d, t, u, v, w); r = (a + b + 0.69, c + d + 0.044, " +
    "ta + ub - vc - wd + 1.57, va + wb + tc + ud + 1.31, " +
    "a(t^2-v^2) - 2ctv + b(u^2-w^2) - 2duw + 2.65, c(t^2-v^2) + 2atv + d(u^2-w^2) + 2buw - 2, " +
    "at(t^2-3v^2) + cv(v^2-3t^2) + bu(u^2-3w^2) + dw(w^2-3u^2) + 12.6, " +
    "ct(t^2-3v^2) - av(v^2-3t^2) + du(u^2-3w^2) - bw(w^2-3u^2) - 9.48)",
  start: repeated(-0.3, -0.39, 0.3, -0.344, -1.2, 2.69, 1.59, -1.5),
  residuals(x, r) {
    r.set([0.69, 0.044, 1.57, 1.31, 2.65, -2, 12.6, -9.48]);
    for (let k = 0; k < 2; k++) {
      const a = x[k]!;
      const c = x[k + 2]!;
      const t = x[k + 4]!;
      const v = x[k + 6]!;
      r[0]! += a;
      r[1]! += c;
      r[2]! += t * a - v * c;
      r[3]! += v * a + t * c;
      r[4]! += a * (t * t - v * v) - 2 * c * t * v;
      r[5]! += c * (t * t - v * v) + 2 * a * t * v;
      r[6]! += a * t * (t * t - 3 * v * v) + c * v * (v * v - 3 * t * t);
      r[7]! += c * t * (t * t - 3 * v * v) - a * v * (v * v - 3 * t * t);
    }
  },
  pull(x, r, g) {
    for (let k = 0; k < 2; k++) {
      const a = x[k]!;
      const c = x[k + 2]!;
      const t = x[k + 4]!;
      const v = x[k + 6]!;
      const square = t * t - v * v;
      const cubeT = t * (t * t - 3 * v * v);
      const cubeV = v * (v * v - 3 * t * t);
      const [r0, r1, r2, r3, r4, r5, r6, r7] = [r[0]!, r[1]!, r[2]!, r[3]!, r[4]!, r[5]!, r[6]!, r[7]!];
      g[k]! += r0 + t * r2 + v * r3 + square * r4 + 2 * t * v * r5 + cubeT * r6 - cubeV * r7;
      g[k + 2]! += r1 - v * r2 + t * r3 - 2 * t * v * r4 + square * r5 + cubeV * r6 + cubeT * r7;
      g[k + 4]! += a * r2 + c * r3 + 2 * (a * t - c * v) * r4 + 2 * (c * t + a * v) * r5;
      g[k + 4]! += (3 * a * square - 6 * c * t * v) * r6 + (3 * c * square + 6 * a * t * v) * r7;
      g[k + 6]! += a * r3 - c * r2 - 2 * (a * v + c * t) * r4 + 2 * (a * t - c * v) * r5;
      g[k + 6]! += (-6 * a * t * v - 3 * c * square) * r6 + (3 * a * square - 6 * c * t * v) * r7;
    }
  },
};
